"""`python -m training fit|export|score`: from pictures to a network that the station can load."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

# waiting threads sleep: spinning ones slow each other down wherever anything else runs; read when torch is loaded
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from training.errors import TrainingError

if TYPE_CHECKING:
    from training.data import Source
    from training.fit import Plan
    from training.report import Sets

ABOUT: Final = "Fine-tunes the station's person detector on pictures seen from above. Needs the extra `train`."
EXAMPLES: Final = """three commands:
  groundstation models render --pictures 2000 --out pictures --light mixed
  python -m training fit --pictures pictures --out run --minutes 60
  python -m training score run/best.onnx --pictures held --person-px 32

Give `fit` the same command again to go on after a stop. docs/train-your-own.md says more."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 done, 2 wrong usage or bad input, 130 stopped."""
    given = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends a run finds it saved
    try:
        return int(given.run(given))
    except TrainingError as error:
        sys.stderr.write(f"training: {error}\n")
        return 2
    except ModuleNotFoundError as error:
        sys.stderr.write(f"training: {error.name} is missing; install the extra: pip install -e '.[train]'\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("stopped; the same command goes on from here\n")
        return 130


def _parser() -> argparse.ArgumentParser:
    look = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="python -m training", description=ABOUT, epilog=EXAMPLES, formatter_class=look
    )
    commands = parser.add_subparsers(required=True, metavar="fit|export|score")
    _add_fit(commands.add_parser("fit", help="train; the same command again goes on after a stop"))
    _add_export(commands.add_parser("export", help="write a run's network small, and check it"))
    _add_score(commands.add_parser("score", help="print what a network finds, beside the truth"))
    return parser


def _add_fit(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--pictures",
        nargs="+",
        required=True,
        metavar="DIR[=SHARE]",
        help="folders with images/ and truth.jsonl; SHARE of all samples, default: by number of pictures",
    )
    add(
        "--held",
        nargs="*",
        type=Path,
        default=[],
        metavar="DIR",
        help="folders never learned from, scored now and then",
    )
    add("--out", type=Path, required=True, metavar="RUN", help="state.pt, latest.onnx, best.onnx and log.jsonl go here")
    add("--from", type=Path, dest="start", metavar="ONNX", help="network to start from (default: the station's own)")
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--minutes", type=float, help="of steps, in all parts of the run together")
    length.add_argument("--steps", type=int)
    add("--size", nargs="+", type=int, default=[320], metavar="PX", help="of the crops, multiples of 32 (320)")
    add("--batch", type=int, default=16, help="crops of the smallest size in a step (16)")
    add("--rate", type=float, default=1e-3, help="highest rate of learning, a share of each filter (0.001)")
    add("--seed", type=int, default=1)
    add("--threads", type=int, default=2, help="parts of a batch worked on at once, a core each (2)")
    add("--save-every", type=float, default=5.0, metavar="MIN", help="minutes (5)")
    add("--score-every", type=float, default=15.0, metavar="MIN", help="minutes; best.onnx is the best of these (15)")
    parser.set_defaults(run=_fit)  # fmt: skip


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("network", type=Path, metavar="ONNX", help="a run's best.onnx or latest.onnx")
    parser.add_argument("--out", type=Path, required=True, metavar="ONNX")
    parser.add_argument(
        "--whole", action="store_true", help="weights as float32: twice the size, the very same figures"
    )
    parser.set_defaults(run=_export)


def _add_score(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("network", metavar="ONNX", help="a network's file, or `person` for the station's own")
    add("--pictures", nargs="+", type=Path, required=True, metavar="DIR")
    add("--held-flights", action="store_true", help="of folders with many flights only those that `fit` holds out")
    add("--threshold", nargs="+", type=float, default=[0.2, 0.3, 0.4])
    add("--scale", nargs="*", type=float, default=[], help="how much larger the network sees each picture")
    add("--person-px", nargs="*", type=float, default=[], help="or: size to which each picture's people are brought")
    add("--most", type=int, metavar="N", help="look at N pictures of each folder, evenly over it")
    add("--threads", type=int, default=2)
    parser.set_defaults(run=_score)


def _fit(given: argparse.Namespace) -> int:
    import cv2

    from training.data import Sampler
    from training.exported import person_model
    from training.fit import fitted
    from training.report import quick_figures

    cv2.setNumThreads(1)
    if any(side % 32 or side < 64 for side in given.size):
        raise TrainingError(f"--size {given.size}: expected multiples of 32 from 64")
    sources, held = _sources(given.pictures), _held(given)
    sampler = Sampler(sources=sources, seed=given.seed, batch=given.batch, sides_px=sorted(given.size))
    people = sum(len(one.people) for source in sources for one in source.pictures)
    sys.stderr.write(f"{sum(len(source.pictures) for source in sources)} pictures with {people} people to learn from, ")
    sys.stderr.write(f"{sum(map(len, held.values()))} held out\n")
    scored = (lambda model: quick_figures(model, held, given.threads)) if held else None
    fitted(person_model(given.start), sampler, _plan(given), scored)
    return 0


def _plan(given: argparse.Namespace) -> Plan:
    from training.fit import Plan

    decides = ("pictures", "start", "size", "batch", "rate", "seed")
    return Plan(
        out=given.out,
        budget_s=None if given.minutes is None else given.minutes * 60,
        steps=given.steps,
        rate=given.rate,
        workers=given.threads,
        save_s=given.save_every * 60,
        score_s=given.score_every * 60,
        asked={key: str(getattr(given, key)) for key in decides},
    )


def _sources(texts: list[str]) -> list[Source]:
    """Return the folders asked for with their shares.

    Raises:
        TrainingError: a share is no number above 0, or a folder cannot be read.
    """
    from training.data import Source
    from training.pictures import pictures_of

    sources = []
    for text in texts:
        folder, _, share = text.partition("=")
        pictures = pictures_of(Path(folder), "train")
        try:
            weight = float(share) if share else float(len(pictures))
        except ValueError:
            weight = 0.0
        if not 0 < weight < float("inf"):
            raise TrainingError(f"--pictures {text}: the share is {share!r}, expected a number above 0")
        sources.append(Source(pictures, weight))
    return sources


def _held(given: argparse.Namespace) -> Sets:
    from training.pictures import pictures_of

    folders = [Path(text.partition("=")[0]) for text in given.pictures]
    held = {f"{folder.name}, held flights": pictures_of(folder, "held") for folder in folders}
    return {name: some for name, some in held.items() if some} | {one.name: pictures_of(one) for one in given.held}


def _export(given: argparse.Namespace) -> int:
    from training.check import checked
    from training.exported import exported, person_model
    from training.run import write_whole

    model = person_model(given.network)
    data = exported(model, half=not given.whole)
    print(checked(model, data))  # noqa: T201 - the command's answer
    write_whole(given.out, data)
    return 0


def _score(given: argparse.Namespace) -> int:
    from training.exported import network_bytes
    from training.pictures import pictures_of
    from training.report import table
    from training.score import View

    sets = {folder.name: pictures_of(folder) for folder in given.pictures}
    if given.held_flights:
        sets = {folder.name: pictures_of(folder, "held") or sets[folder.name] for folder in given.pictures}
    if given.most:
        sets = {name: some[:: max(1, -(-len(some) // given.most))] for name, some in sets.items()}
    views = [View(scale=scale) for scale in given.scale] + [View(person_px=side) for side in given.person_px]
    model = network_bytes(None if given.network == "person" else Path(given.network))
    for line in table(model, sets, views or [View(scale=1.0)], sorted(given.threshold), given.threads):
        print(line, flush=True)  # noqa: T201 - the command's answer
    return 0


if __name__ == "__main__":
    sys.exit(main())
