"""A shell script that fetches every file of a bundle by itself, goes on where it broke off, and verifies what came.

It needs a POSIX shell, curl or wget, and a program for SHA-256.  A token is never an argument, where other users of
the machine could read it.  Names have no character that a shell would read (products/bundles/paths.py), and stand in a
quoted here-document all the same.
"""

import shlex

HEAD = """#!/bin/sh
# Fetches {files} files ({size} bytes) of {name}; files that are here and right are left alone.
#   sh download.sh [DIRECTORY]     exit status: 0 all are here and right, 1 some are not, 2 it cannot work here
# For proprietary files: ALTIPLANO_TOKEN in the environment, or the site's name and password in ~/.netrc.
set -u
site={site}
TRIES=5
"""
BODY = r"""
for word in ${1+"$1"}; do mkdir -p -- "$word" && cd -- "$word" || exit 2; done
if command -v curl >/dev/null 2>&1; then
    curl_() { curl -fsSL -C - -w '%{http_code}' "$@"; }
    fetch() { # address, file; what the archive answered is in $code
        if [ -n "${ALTIPLANO_TOKEN:-}" ]; then
            code=$(printf 'Authorization: Token %s\n' "$ALTIPLANO_TOKEN" | curl_ -H @- -o "$2" -- "$1")
        else
            code=$(curl_ --netrc-optional -o "$2" -- "$1" </dev/null)
        fi
    }
elif command -v wget >/dev/null 2>&1; then
    if [ -n "${ALTIPLANO_TOKEN:-}" ]; then
        WGETRC=$(mktemp) || exit 2
        trap 'rm -f "$WGETRC"' EXIT
        trap 'exit 1' HUP INT TERM
        printf 'header = Authorization: Token %s\n' "$ALTIPLANO_TOKEN" >"$WGETRC"
        export WGETRC
    fi
    fetch() {
        said=$(LC_ALL=C wget -nv -c -O "$2" -- "$1" </dev/null 2>&1) && return
        echo "$said" >&2
        for code in 401 403 404 409 410; do
            case $said in *" $code "* | *" $code:"*) return ;; esac
        done
        code=
        case $said in *Authentication*) code=401 ;; esac
    }
else
    echo 'Install curl or wget.' >&2
    exit 2
fi
if command -v sha256sum >/dev/null 2>&1; then
    digest() { sha256sum <"$1"; }
elif command -v shasum >/dev/null 2>&1; then
    digest() { shasum -a 256 <"$1"; }
elif command -v openssl >/dev/null 2>&1; then
    digest() { openssl dgst -sha256 -r <"$1"; }
else
    echo 'Install sha256sum, shasum or openssl.' >&2
    exit 2
fi
is_right() { # file, size, digest
    [ -f "$1" ] && [ "$(($(wc -c <"$1")))" = "$2" ] && [ "$(digest "$1" | cut -c 1-64)" = "$3" ]
}
bring() { # id, path, size, digest
    part=$2.part code=
    mkdir -p -- "$(dirname -- "$2")" || return 1
    left=$TRIES
    while [ "$left" -gt 0 ]; do
        if is_right "$part" "$3" "$4"; then
            mv -f -- "$part" "$2"
            return
        fi
        # as long as it should be, and wrong, or longer: nothing to go on from
        if [ -f "$part" ] && [ "$(($(wc -c <"$part")))" -ge "$3" ]; then rm -f -- "$part"; fi
        if [ "$left" -lt "$TRIES" ]; then sleep "$((TRIES - left))"; fi
        if [ "$3" = 0 ]; then : >"$part"; else fetch "$site/api/products/$1/file" "$part"; fi
        case $code in 401 | 403 | 404 | 409 | 410) return 1 ;; esac # asked again it says the same
        left=$((left - 1))
    done
    is_right "$part" "$3" "$4" && mv -f -- "$part" "$2"
}
missing=0
while read -r sha size id path; do
    is_right "$path" "$size" "$sha" && continue
    if bring "$id" "$path" "$size" "$sha"; then
        echo "$path"
    else
        echo "NOT HERE: $path" >&2
        missing=$((missing + 1))
        if [ "$code" = 401 ]; then
            echo 'The archive does not know for whom: set ALTIPLANO_TOKEN to a token in force, and go on.' >&2
            exit 1
        fi
    fi
done <<'END_OF_FILES'
"""
FOOT = """END_OF_FILES
if [ "$missing" -gt 0 ]; then
    echo "$missing of {files} files are not here; run it again to go on." >&2
    exit 1
fi
echo 'All {files} files are here, and right.'
"""


def of(contents, root) -> str:
    """The script for these `contents`; `root` is the address of the site."""
    bundle = contents.bundle
    words = {"files": len(contents.files), "size": bundle.size, "name": bundle.name, "site": shlex.quote(root)}
    lines = [
        f"{file.sha256} {file.size} {file.id} {path}\n" for path, file in zip(bundle.paths, contents.files, strict=True)
    ]
    return HEAD.format(**words) + BODY + "".join(lines) + FOOT.format(**words)
