"""`alerts backtest`: when a rule would have rung, over recorded prices or a kept log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import orjson

from engine.alerts.backtest import Backtest, Run, TriedRule, at_most, in_total, plain
from engine.alerts.backtest import backtest as tested_by
from engine.alerts.rule_text import parse_line
from engine.alerts.standings import fall_rule, rules_of
from engine.alerts.targets import target_rule
from engine.index.canonical import canonical, parse_canonical
from engine.index.definition import DefinitionError, IndexDefinition
from engine.index.index_file import IndexFile
from engine.index.shard import Shard
from engine.metrics.watched import RULES
from engine.periods import NEVER
from engine.records import DefinitionRecord, Output, Receipt, ShardInput
from engine.types import SECOND
from streams.records import StreamError
from tidegauge.arguments import Whole, definitions_of
from tidegauge.errors import Failure, WrongUse
from tidegauge.opening import Target, target_of
from tidegauge.recorded.reader import Reader
from tidegauge.recorded.summary import refuse_empty, report, say_skipped
from tidegauge.replay import replay_files

Define = Callable[[DefinitionRecord], DefinitionRecord]
SHOWN = 50
"""Episodes that are printed one by one; `--json` has them all."""


@click.command(short_help="When a rule would have rung.")
@click.argument("rule")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--log", help="over this kept log instead of files")
@click.option("--indices", type=click.Path(path_type=Path), help="TOML file, for files")
@click.option("--index", "only", multiple=True, metavar="ID", help="of this index alone")
@click.option("--at-most", "most", type=Whole(0, 10**9), help="find the limit that rings so often")
@click.option("--json", "as_json", is_flag=True, help="one JSON object")
def backtest(
    rule: str,
    files: tuple[Path, ...],
    log: str | None,
    indices: Path | None,
    only: tuple[str, ...],
    most: int | None,
    as_json: bool,
) -> None:
    """When RULE would have rung, how long, how deep, and what came after.

    RULE is the name of one that is defined, as alerts have it ("drawdown>=0.10", "stormy"), or a
    line: "returns.1h below -0.05 for 10m clear -0.03 cooldown 1h severity critical".
    """
    if bool(files) == bool(log):
        raise WrongUse("backtest needs either FILE… with --indices FILE, or --log LOG")
    try:
        if log is not None:
            found = over_log(target_of(log), rule, only, most)
        elif indices is None:
            raise WrongUse("backtest RULE FILE… needs --indices FILE")
        else:
            found = over_files(list(files), indices, rule, only, most)
    except DefinitionError as error:
        raise WrongUse(str(error)) from error
    except StreamError as error:
        if isinstance(error.__cause__, DefinitionError):  # of the rule, met with the definitions
            raise WrongUse(str(error.__cause__)) from error
        raise Failure(str(error)) from error
    if as_json:
        click.echo(orjson.dumps(plain(found)))
    else:
        show(found)


def named(text: str, definitions: Sequence[IndexDefinition], only: Sequence[str]) -> TriedRule:
    """The rule that a text names or spells out, for these indices; raises DefinitionError."""
    known = {d.id for d in definitions}
    for index in only:
        if index not in known:
            raise WrongUse(f"--index {index}: no such index; there are {', '.join(sorted(known))}")
    about = frozenset(only)
    for definition in definitions:
        rules = _rules(definition)
        if (not about or definition.id in about) and text in rules:
            return TriedRule(text, rules[text], about, is_daily=rules[text] is None)
    return TriedRule("", parse_line(text), about)


def _rules(definition: IndexDefinition) -> dict[str, dict[str, Any] | None]:
    """The rules of an index as alerts name them, with their tables where they have one."""
    found: dict[str, dict[str, Any] | None] = dict.fromkeys(RULES)
    found |= {target_rule(*target).name: None for target in definition.targets}
    for depth in definition.drawdown_alerts:
        name = fall_rule(definition, depth).name
        found[name] = {"figure": "drawdown.current", "above": depth, "clear": depth / 2}
    return found | {r.name: s.to_mapping() for s, r in rules_of(definition) if r.kind == "rule"}


def _test(
    run: Run, new_shard: Callable[[], Shard], tested: TriedRule, most: int | None
) -> Backtest:
    if most is not None:
        return at_most(run, new_shard, tested._replace(name=""), most)
    return tested_by(run, new_shard, tested._replace(table=None) if tested.name else tested)


def over_files(
    files: list[Path], indices: Path, rule: str, only: Sequence[str], most: int | None
) -> Backtest:
    """The backtest over recorded prices; raises WrongUse and DefinitionError."""
    defined, passes = definitions_of(indices), list[Reader]()

    def run(shard: Shard, define: Define) -> Iterator[Output]:
        reader = Reader(files, (lambda _: None) if passes else report, strict=False)
        passes.append(reader)
        file = IndexFile([_changed(d, define) for d in defined.indices], defined.assets, [])
        yield from replay_files(reader, file, None, lambda *_: None, shard=shard)
        if len(passes) == 1:  # the others read the same
            say_skipped(reader)
            refuse_empty(reader)

    return _test(run, lambda: Shard(every=NEVER), named(rule, defined.indices, only), most)


def _changed(definition: IndexDefinition, define: Define) -> IndexDefinition:
    record = define(DefinitionRecord(0, "replay", definition.id, canonical(definition)))
    assert record.definition is not None
    return parse_canonical(definition.id, record.definition)


class _Rewriting:
    """A shard that is told definitions as the backtest wants them."""

    def __init__(self, shard: Shard, define: Define) -> None:
        self.shard, self.define = shard, define
        self.begun = 0
        """Until when (ns) all was over before the first record."""

    def apply(self, record: ShardInput, receipt: Receipt) -> list[Output]:
        """Take one record; its alerts."""
        if isinstance(record, DefinitionRecord):
            record = self.define(record)
        found = self.shard.apply(record, receipt)
        return [output for output in found if output.topic == "alerts"]

    def dump(self) -> dict[str, Any]:
        """The whole state."""
        return self.shard.dump()

    def load(self, state: dict[str, Any]) -> _Rewriting:
        """Begin with the state of an archived checkpoint, and so with what was defined then."""
        self.shard.restore(state)
        self.begun = self.shard.state.now
        return self


def over_log(target: Target, rule: str, only: Sequence[str], most: int | None) -> Backtest:
    """The backtest over a kept log; raises WrongUse, DefinitionError and StreamError."""
    from streams.define import defined_in  # what files do without

    async def known() -> tuple[list[IndexDefinition], int]:
        async with target.open() as log:
            return list((await defined_in(log)).indices.values()), log.partitions["prices"]

    definitions, partitions = asyncio.run(known())
    tested, found, begins = named(rule, definitions, only), list[Backtest](), list[int]()
    if most is not None and partitions > 1:
        raise WrongUse(
            f"--at-most: {target.name} has {partitions} partitions of prices, and each would get "
            "a limit of its own; backtest over files, or without it"
        )
    for partition in range(partitions):

        def run(shard: Shard, define: Define, part: int = partition) -> Iterator[Output]:
            outputs, begun = asyncio.run(_replayed(target, shard, define, part))
            begins.append(begun)
            yield from outputs

        def new_shard(part: int = partition) -> Shard:
            return Shard(part, partitions, NEVER)

        one = _test(run, new_shard, tested, most)
        # What was before the kept log rang nowhere here.
        since = None if one.since is None else max(one.since, begins[-1])
        found.append(one._replace(since=since))
    if partitions == 1:
        return found[0]
    episodes = sorted((e for b in found for e in b.episodes), key=lambda e: (e.at, e.index))
    since = min((b.since for b in found if b.since is not None), default=None)
    until = max((b.until for b in found if b.until is not None), default=None)
    alerts = [alert for b in found for alert in b.alerts]
    return Backtest(episodes, alerts, since=since, until=until)


async def _replayed(
    target: Target, shard: Shard, define: Define, partition: int
) -> tuple[list[Output], int]:
    """The alerts of a partition of a kept log once more, and when (ns) it begins; 0: from its
    first record."""
    from streams.replay import replay_log

    found, stage = list[Output](), _Rewriting(shard, define)
    async with (
        target.open() as log,
        aclosing(replay_log(log, lambda *_: stage, partition)) as replayed,
    ):
        async for step in replayed:
            for out in step.outputs:
                if out.topic == "alerts":
                    body = out.body if out.body is not None else orjson.loads(out.value)
                    found.append(Output(out.topic, out.key, out.type, body))
    return found, stage.begun


def show(found: Backtest) -> None:
    """For people: a line an episode, and what it comes to."""
    for episode in found.episodes[:SHOWN]:
        began = datetime.fromtimestamp(episode.at // SECOND, UTC)
        lasted = "lasts" if episode.seconds is None else _span(episode.seconds)
        line = f"{began:%Y-%m-%d %H:%M:%S}  {episode.index:<12} {lasted:>9}"
        line += f"  at {_shown(episode.value)}, worst {_shown(episode.worst)}"
        after = [f"{name} {100 * c:+.1f} %" for name, c in episode.after.items() if c is not None]
        click.echo(line + (f"  then {', '.join(after)}" if after else ""))
    if len(found.episodes) > SHOWN:
        click.echo(f"… and {len(found.episodes) - SHOWN} more (--json has them all)")
    click.echo(in_total(found))


def _span(seconds: float) -> str:
    for unit, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{seconds / unit:.1f} {name}"
    return f"{seconds:.0f} s"


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else str(value or "–")
