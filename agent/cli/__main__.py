"""`python -m agent.cli`, where the console script is not installed."""

from agent.cli.main import main

if __name__ == "__main__":
    main()
