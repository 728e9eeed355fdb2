"""The program `altiplano`: words of the command line in, an exit status out (README.md lists them)."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from altiplano_client import __version__, download, search, sums, wanted
from altiplano_client.account import CONFIG_HELP, account
from altiplano_client.errors import ClientError, StoppedError
from altiplano_client.names import shown
from altiplano_client.progress import Progress, size
from altiplano_client.wire import LOST, Wire, reason

FORMATS = tuple(search.FORMATS)


def main(arguments: list[str] | None = None) -> int:
    """The exit status; a wrong command line ends in argparse with 2."""
    options = _parser().parse_args(arguments)
    try:
        return options.verb(options)
    except ClientError as error:
        return _tell(error)
    except KeyboardInterrupt:
        return _tell(StoppedError())
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read us has enough
        return 0
    except LOST as lost:
        print(f"altiplano: {reason(lost)}", file=sys.stderr)
        return 1


def _tell(error: ClientError) -> int:
    print(f"altiplano: {error.told()}", file=sys.stderr)
    return error.status


def _search(options: argparse.Namespace) -> int:
    found = search.rows(_wire(options), options.criteria, 0 if options.all else options.limit)
    search.FORMATS[options.format](found, sys.stdout)
    sys.stdout.flush()
    return 0


def _download(options: argparse.Namespace) -> int:
    wire, directory = _wire(options), Path(options.to)
    items = download.chosen(wanted.resolve(wire, options.what, flat=options.flat), options.only, options.role)
    if options.dry_run:
        return _list(items)
    total = sum(max(0, item.size) for item in items)
    progress = Progress(total, len(items), quiet=options.quiet)
    outcome = download.run(wire, items, directory, jobs=options.jobs, progress=progress, repair=options.repair)
    if outcome.failures:
        print(f"altiplano: {len(outcome.failures)} of {len(items)} files failed.", file=sys.stderr)
    elif not items:
        print("altiplano: there is nothing to download.", file=sys.stderr)
    return outcome.status


def _list(items: list[wanted.Item]) -> int:
    for item in items:
        known = size(item.size) if item.size >= 0 else "?"
        print(f"{known:>9}  {'' if item.readable else 'locked':6}  {item.path}")
    return 0


def _verify(options: argparse.Namespace) -> int:
    verdicts = list(sums.verify(Path(options.directory), options.jobs))
    wrong = [each for each in verdicts if each.problem]
    for each in wrong:
        print(f"altiplano: {shown(each.path)} {each.problem}.", file=sys.stderr)
    if not options.quiet:
        print(f"{len(verdicts) - len(wrong)} of {len(verdicts)} files are right.")
    return 1 if wrong else 0


def _wire(options: argparse.Namespace) -> Wire:
    return Wire(account(options.server, options.token_file), retries=options.retries, plain_http=options.plain_http)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="altiplano", description="Search and download from an archive of ALMA data.")
    parser.add_argument("--version", action="version", version=__version__)
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    asking = _asking()
    _search_words(verbs.add_parser("search", parents=[asking], help="look for observations"))
    _download_words(verbs.add_parser("download", parents=[asking], help="fetch files, whole and right"))
    checking = verbs.add_parser("verify", help="compare files with the SHA256SUMS beside them")
    checking.add_argument("directory", metavar="DIR")
    checking.add_argument("--jobs", type=_count, default=2, help="files read at once (%(default)s)")
    checking.add_argument("--quiet", action="store_true", help="say nothing of what is right")
    checking.set_defaults(verb=_verify)
    return parser


def _asking() -> argparse.ArgumentParser:
    asking = argparse.ArgumentParser(add_help=False)
    asking.add_argument("--server", default="", metavar="URL", help="address of the archive, or ALTIPLANO_SERVER")
    asking.add_argument(
        "--token-file",
        default="",
        metavar="FILE",
        help=f"file with your API token, else ALTIPLANO_TOKEN or {CONFIG_HELP}",
    )
    asking.add_argument("--retries", type=_count, default=8, help="times a fault is tried again (%(default)s)")
    asking.add_argument("--plain-http", action="store_true", help="send the token without encryption")
    return asking


def _search_words(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("criteria", nargs="*", metavar="NAME=VALUE", help='as on the site: target="TW Hya" band=6,7')
    verb.add_argument("--format", choices=FORMATS, default="table", help="%(default)s if not said")
    verb.add_argument("--limit", type=_count, default=50, help="rows at most (%(default)s)")
    verb.add_argument("--all", action="store_true", help="all rows, page by page")
    verb.set_defaults(verb=_search)


def _download_words(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "what", nargs="+", metavar="WHAT", help="product, file name, MOUS, project, NAME=VALUE or address"
    )
    verb.add_argument("--to", default=".", metavar="DIR", help="directory (this one)")
    verb.add_argument("--flat", action="store_true", help="no directories below it")
    verb.add_argument("--only", action="append", default=[], metavar="PATTERN", help="names like '*.pbcor.fits'")
    verb.add_argument("--role", action="append", default=[], help="files of this role, as the archive lists it")
    verb.add_argument("--jobs", type=_count, default=4, help="files at once (%(default)s)")
    verb.add_argument("--repair", action="store_true", help="mend files that are there and differ")
    verb.add_argument("--dry-run", action="store_true", help="list what would be fetched")
    verb.add_argument("--quiet", action="store_true", help="no progress, also on a terminal")
    verb.set_defaults(verb=_download)


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number
