"""Installing as a person does: a clone, one command, one edited file."""

from .guest import Guest
from .lab import CONFIG, KEY, Lab

CHECKOUT = "/home/rack/simgate"
INSTALL = 2400.0  # seconds: pip under emulation
# Where an installation leaves files; what runs anyway writes elsewhere.
PLACES = "/etc /opt /usr /home /root /srv /var/lib /var/spool /var/cache /run/simgate"


async def clone(guest: Guest) -> None:
    """The repository, as the user of the machine."""
    await guest.do(f"sudo -u rack git clone -q /luggage/simgate.git {CHECKOUT}")


async def install(guest: Guest, *words: str) -> str:
    """`sudo ./install.sh`, by the user of the machine; what it says. AssertionError when it fails."""
    return await guest.do(f"cd {CHECKOUT} && sudo -u rack sudo ./install.sh {' '.join(words)}", INSTALL)


async def edit(lab: Lab) -> None:
    """The one edited file, with the API key beside it."""
    text = await lab.guest.do(f"cat {CONFIG}")
    assert 'url = "https://partner.example"' in text
    await lab.guest.do(
        f"sed -i 's#^url = .*#url = \"{lab.url}\"\\nallow_http = true#' {CONFIG}; echo {KEY} >/etc/simgate/api.key; simgate config check"
    )


async def things(guest: Guest) -> set[str]:
    """Files and folders, users and groups of the machine, without what the system keeps changing by itself."""
    others = " ".join(f"-not -path '{path}*'" for path in ("*/__pycache__", "/var/lib/systemd/", "/var/cache/apt/", CHECKOUT))
    find = f"find {PLACES} -xdev {others} 2>/dev/null"
    return set((await guest.do(f"{find}; getent passwd; getent group; true")).splitlines())


async def installed_in(lab: Lab) -> None:
    """Whatever way it gets there."""
    if (await lab.guest.tell("test -e /opt/simgate/current")).code:
        await lab.guest.do(f"test -d {CHECKOUT} || sudo -u rack git clone -q /luggage/simgate.git {CHECKOUT}")
        await install(lab.guest)
