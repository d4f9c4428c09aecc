"""What an answer means, against the table of the endpoint's contract; finding the malformed numbers."""

import json
import random
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from owed import NOON

from agent.sync.answers import Accepted, BadDate, Malformed, Passing, Redirected, Refused, Rejected, Verdict, bisect, judge, spoken_at
from agent.sync.pace import Pace, Wait

DATE = "Mon, 24 Nov 2025 12:00:00 GMT"  # NOON


def judged(status: int, content: object, headers: Mapping[str, str] | None = None) -> Verdict:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return judge(status, headers or {}, body, NOON)


@pytest.mark.parametrize("plus", ["", "+"])
def test_ids_come_with_or_without_plus(plus: str) -> None:
    answer = {"response": 1, "ids": {f"{plus}79407123456": 17, f"{plus}447700900001": None}}
    assert judged(200, answer) == Accepted({"+79407123456": 17, "+447700900001": None})


@pytest.mark.parametrize("ids", [{}, {"ids": []}, {"ids": None}, {"ids": "none"}])
def test_an_accepted_list_may_have_no_ids(ids: dict[str, object]) -> None:
    assert judged(200, {"response": 1, **ids}) == Accepted({})


@pytest.mark.parametrize("response", [0, 2, "1", True, None, "ERROR_OF_TOMORROW", [1], {"a": 1}])
def test_any_other_response_with_200_is_an_error_in_disguise(response: object) -> None:
    assert isinstance(judged(200, {"response": response}), Rejected)


def test_an_object_without_response_is_not_accepted() -> None:
    assert isinstance(judged(200, {"numbers": []}), Rejected)


@pytest.mark.parametrize(
    ("status", "name", "meaning"),
    [
        (400, "NUMBER_FORMAT_ERROR", Malformed),
        (400, "ERROR_DATE", BadDate),
        (401, "ERROR_WRONG_KEY", Refused),
        (401, "ERROR_NO_KEY", Refused),
        (403, "ACCOUNT_BLOCKED", Refused),
        (403, "API_ACCESS_DISABLED", Refused),
        (403, "API_ACCESS_IP", Refused),
        (405, "REQUEST_NOT_FOUND", Refused),
    ],
)
def test_every_named_error_is_understood_with_more_keys_bare_and_in_disguise(status: int, name: str, meaning: type[Verdict]) -> None:
    for verdict in (judged(status, {"response": name, "more": [1]}), judged(status, name.encode()), judged(200, {"response": name})):
        assert isinstance(verdict, meaning)
        assert name in verdict.why


@pytest.mark.parametrize("status", [401, 403, 405])
def test_a_status_that_needs_a_person_needs_no_readable_body(status: int) -> None:
    verdict = judged(status, b"<html>no</html>")
    assert isinstance(verdict, Refused)
    assert str(status) in verdict.why


def test_an_unknown_error_is_a_rejection_that_names_it() -> None:
    verdict = judged(400, {"response": "ERROR_OF_TOMORROW"})
    assert isinstance(verdict, Rejected)
    assert "ERROR_OF_TOMORROW" in verdict.why


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 520])
def test_these_pass_whatever_their_body_says(status: int) -> None:
    assert judged(status, {"response": 1}) == Passing(f"HTTP {status}")


NO_OBJECT = [b"", b"<html>", b"\xff\xfe\x00", b"[1]", b"1", b'"x"', b"[" * 100_000, b'{"response": 1}' + b" " * (1 << 20)]


@pytest.mark.parametrize("body", NO_OBJECT, ids=lambda body: f"{body!r:.20}")
@pytest.mark.parametrize("status", [200, 400])
def test_a_body_that_is_no_json_object_passes(status: int, body: bytes) -> None:
    assert isinstance(judged(status, body), Passing)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_names_its_target(status: int) -> None:
    verdict = judged(status, {"response": 1}, {"Location": "https://evil.example/x"})
    assert verdict == Redirected("https://evil.example/x")
    assert "https://evil.example/x" in verdict.why


def test_a_redirect_to_nowhere_is_one_too_and_cannot_write_to_the_terminal() -> None:
    assert isinstance(judged(302, b""), Redirected)
    assert "\x1b" not in judged(302, b"", {"Location": "\x1b[2J"}).why


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("86400", 900.0),
        ("Mon, 24 Nov 2025 12:01:30 GMT", 90.0),
        ("Mon, 24 Nov 2025 13:00:00 GMT", 900.0),
        ("Mon, 24 Nov 2025 11:00:00 GMT", 0.0),
        ("Mon, 24 Nov 2025 12:00:05 -0000", 5.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("9" * 400, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_capped(text: str, seconds: float | None) -> None:
    assert judged(503, b"", {"Retry-After": text}) == Passing("HTTP 503", seconds)


def test_a_retry_after_date_is_counted_from_the_endpoints_own_clock() -> None:
    headers = {"Retry-After": "Mon, 24 Nov 2025 12:01:30 GMT", "Date": "Mon, 24 Nov 2025 12:01:00 GMT"}
    assert judge(429, headers, b"", 0.0) == Passing("HTTP 429", 30.0)


def test_the_endpoint_tells_the_time() -> None:
    assert spoken_at({"Date": DATE}) == NOON
    assert spoken_at({"Date": "yesterday"}) is None
    assert spoken_at({}) is None


@given(status=st.integers(100, 999), body=st.binary(), after=st.text(), date=st.text(), where=st.text())
def test_no_answer_whatever_raises(status: int, body: bytes, after: str, date: str, where: str) -> None:
    judge(status, {"Retry-After": after, "Date": date, "Location": where}, body, NOON)


def searched(numbers: list[int], guilty: set[int]) -> tuple[tuple[int, ...], list[list[int]]]:
    """What the search finds, and the lists that it asked about."""
    asked: list[list[int]] = []
    search = bisect(numbers)
    try:
        part = next(search)
        while True:
            asked.append(list(part))
            part = search.send(not guilty & set(part))
    except StopIteration as end:
        return end.value, asked


@given(st.lists(st.integers(0, 60), unique=True).flatmap(lambda all_: st.tuples(st.just(all_), st.sets(st.sampled_from(all_ or [0])))))
def test_exactly_the_guilty_are_found(case: tuple[list[int], set[int]]) -> None:
    numbers, guilty = case
    found, asked = searched(numbers, guilty)
    assert list(found) == [n for n in numbers if n in guilty]
    assert all([n] in asked for n in found), "nobody is convicted without having been asked about alone"


@pytest.mark.parametrize("guilty", range(64))
def test_one_guilty_of_64_takes_at_most_twelve_questions(guilty: int) -> None:
    assert len(searched(list(range(64)), {guilty})[1]) <= 12


def pace(seed: int = 1) -> Pace:
    return Pace(random.Random(seed), interval=300.0, base=1.0, cap=120.0, slow=(120.0, 300.0))


def test_back_off_is_full_jitter_under_a_doubling_ceiling() -> None:
    for seed in range(50):
        one = pace(seed)
        waits = [one.after(Passing("HTTP 500"), 0.0).seconds for _ in range(12)]
        assert all(0.0 <= wait <= min(120.0, 2.0**n) for n, wait in enumerate(waits)), f"seed {seed}"
    assert max(pace(seed).after(Passing("x"), 0.0).seconds for seed in range(50)) > 0.8
    assert min(pace(seed).after(Passing("x"), 0.0).seconds for seed in range(50)) < 0.2


def test_a_success_starts_the_back_off_anew() -> None:
    one = pace()
    for _ in range(10):
        one.after(Passing("HTTP 500"), 0.0)
    assert one.after(Accepted(), 0.0) == Wait(300.0, 0.0)
    assert one.after(Passing("HTTP 500"), 0.0).seconds <= 1.0


def test_retry_after_is_a_floor_that_no_change_breaks() -> None:
    wait = pace().after(Passing("HTTP 429", 77.0), 0.0)
    assert wait == Wait(77.0, 77.0)


def test_a_change_cuts_a_jittered_wait_down_to_the_base() -> None:
    one = pace(3)
    waits = [one.after(Passing("HTTP 500"), 0.0) for _ in range(12)]
    assert all(wait.least == min(wait.seconds, 1.0) for wait in waits)


@pytest.mark.parametrize("verdict", [Refused("ERROR_WRONG_KEY"), Redirected("https://elsewhere.example")])
def test_what_only_a_person_mends_is_tried_slowly_and_no_change_hurries_it(verdict: Verdict) -> None:
    waits = [pace(seed).after(verdict, 0.0) for seed in range(50)]
    assert all(120.0 <= wait.seconds <= 300.0 and wait.least == wait.seconds for wait in waits)


def test_a_long_outage_never_overflows() -> None:
    one = pace()
    assert all(one.after(Passing("x"), 0.0).seconds <= 120.0 for _ in range(5000))
