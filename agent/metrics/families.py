"""Facts -> the text that Prometheus reads. A registry of its own for each text: nothing here outlives it."""

from collections.abc import Iterable, Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from agent.metrics.facts import Facts, Requests, SlotFacts


def text(facts: Facts) -> bytes:
    """Prometheus' text format 0.0.4."""
    registry = CollectorRegistry()
    registry.register(_Collected(facts))
    return generate_latest(registry)


class _Collected(Collector):
    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def collect(self) -> Iterable[Metric]:
        facts = self._facts
        yield from _of_gateway(facts)
        yield from _of_endpoint(facts)
        yield from _of_requests(facts.requests)
        yield from _of_slots(facts.slots, facts.slot_states)


def _of_gateway(facts: Facts) -> Iterator[Metric]:
    build = GaugeMetricFamily("simgate_build_info", "Which simgate this is: always 1.", labels=["version", "gateway"])
    build.add_metric([facts.version, facts.gateway], 1)
    yield build
    yield _one("simgate_start_time_seconds", "When the gateway began to run, UNIX seconds by its own clock.", facts.since)
    yield _one("simgate_clock_ok", "1 = the wall clock is known to be right.", facts.clock_ok)
    yield _one("simgate_first_list_held", "1 = the first list since the start waits until every slot has spoken.", facts.held)
    yield _one("simgate_many_modems_gone", "1 = so many modems are gone or silent together that it is a hub or its power.", facts.warned)
    yield _one("simgate_unclaimed_modems", "Modems that are plugged in where no slot is.", facts.strays)
    yield _one("simgate_store_ok", "1 = the database can be read.", facts.queue is not None)
    if facts.queue is not None:
        yield _one("simgate_queue_changes", "Changes of the list that the endpoint has not taken yet.", facts.queue.changes)
        oldest = "When the oldest of them came, UNIX seconds; absent while none waits, or its moment is not known."
        yield _one("simgate_queue_oldest_timestamp_seconds", oldest, facts.queue.oldest)


def _of_endpoint(facts: Facts) -> Iterator[Metric]:
    states = GaugeMetricFamily("simgate_endpoint_state", "1 for the state that the endpoint is in.", labels=["state"])
    for state in facts.endpoint_states:
        states.add_metric([state], state == facts.endpoint)
    yield states
    yield _one("simgate_numbers_on_sale", "Numbers that can be sold now.", sum(slot.on_sale for slot in facts.slots))
    yield _one("simgate_numbers_delivered", "Of these, the ones that the endpoint has, as they are.", facts.delivered)
    off = GaugeMetricFamily("simgate_slots_off_sale", "Slots that are not on sale, by what keeps them off.", labels=["matter"])
    for matter, count in facts.matters.items():
        off.add_metric([matter], count)
    yield off
    yield CounterMetricFamily("simgate_lists_accepted_total", "Lists that the endpoint has taken.", value=facts.accepted)
    accepted = "When the endpoint took the newest of them, UNIX seconds by the gateway's clock; absent until then."
    yield _one("simgate_list_accepted_timestamp_seconds", accepted, facts.accepted_at)


def _of_requests(requests: Requests) -> Iterator[Metric]:
    name = "simgate_endpoint_request_duration_seconds"
    counted = list(accumulate(requests.counts))
    bounds = [*(str(float(bound)) for bound in requests.bounds), "+Inf"]
    buckets = list(zip(bounds, counted, strict=True))
    yield HistogramMetricFamily(name, "How long requests to the endpoint took.", buckets=buckets, sum_value=requests.total)
    yield _one("simgate_endpoint_last_request_duration_seconds", "How long the newest of them took; absent before.", requests.last)
    unanswered = "Requests to the endpoint that brought no answer that could be understood."
    yield CounterMetricFamily("simgate_endpoint_requests_unanswered_total", unanswered, value=requests.unanswered)


def _of_slots(slots: Iterable[SlotFacts], every: Iterable[str]) -> Iterator[Metric]:
    states = GaugeMetricFamily("simgate_slot_state", "1 for the state that the slot is in.", labels=["slot", "state"])
    sold = GaugeMetricFamily("simgate_slot_on_sale", "1 = the slot's number can be sold now.", labels=["slot"])
    hopeless = "1 = the slot's modem has had every restart that it may have, and is tried slowly."
    quarantined = GaugeMetricFamily("simgate_modem_quarantined", hopeless, labels=["slot"])
    late = CounterMetricFamily("simgate_at_timeouts_total", "AT commands that the slot's modem did not answer in time.", labels=["slot"])
    taken = "What was done to the slot's modem because it did not work, by rung of the ladder."
    resets = CounterMetricFamily("simgate_modem_resets_total", taken, labels=["slot", "rung"])
    for slot in slots:
        for state in every:
            states.add_metric([slot.name, state], state == slot.state)
        sold.add_metric([slot.name], slot.on_sale)
        quarantined.add_metric([slot.name], slot.quarantined)
        late.add_metric([slot.name], slot.timeouts)
        # All of them from the start: a counter that first appears with 1 has never increased for Prometheus.
        for rung, count in slot.resets.items():
            resets.add_metric([slot.name, rung], count)
    yield from (states, sold, quarantined, late, resets)


def _one(name: str, meaning: str, value: float | None) -> Metric:
    """A gauge without labels; None = without a sample."""
    family = GaugeMetricFamily(name, meaning)
    if value is not None:
        family.add_metric([], value)
    return family
