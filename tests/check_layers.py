#!/usr/bin/env python3
"""Checks that no arrow of the house points up: the #include lines of src/ and the import lines of web/src/.

Prints `file:line: sentence` for each line that breaks a rule, and exits 1 if there is one. The rules are those of
design.md section 2 and of the house style: what a floor may see, where GL, ImGui, Embind and the engine may be
named, and which parts of the standard library the deterministic floors do without.
"""

import re
import sys
from pathlib import Path

BELOW = {
    "base": set(),
    "mm": {"base"},
    "procfs": {"base"},
    "intake": {"base", "procfs"},
    "play": {"base", "mm", "procfs", "intake"},
    "gfx": {"base"},
    "ui": {"base", "mm", "play", "gfx"},
    "cli": {"base", "mm", "procfs", "intake", "play"},
    "api": {"base", "mm", "procfs", "intake", "play", "gfx", "ui"},
}
GENERATED = {"shaders_embedded.h": "gfx", "locale_en.h": "cli"}

DETERMINISTIC = {"base", "mm", "procfs", "intake", "play"}
UNDETERMINED = {"chrono", "ctime", "time.h", "random", "iostream", "thread", "exception", "stdexcept", "typeinfo"}
BANNED_WORDS = re.compile(r"\b(shared_ptr|make_shared|dynamic_cast|typeid)\b")

# Outside libraries: what an include of theirs looks like, and the floors that may write one.
LIBRARIES = [
    ("ImGui", re.compile(r"^imgui|^imstb_"), {"ui"}),
    ("GL", re.compile(r"^(GL|GLES\d?|EGL|webgl)/|html5_webgl|gl3w|glad"), {"gfx"}),
    ("Embind", re.compile(r"^emscripten/(bind|val)\.h"), {"api"}),
    ("Emscripten", re.compile(r"^emscripten"), {"api", "gfx"}),
    ("zlib", re.compile(r"^zlib"), {"cli"}),
]

# What the page may load besides its own modules.
PACKAGES = {"fflate"}
ENGINE_MODULE = "web/src/engine.ts"

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
IMPORT = re.compile(
    r"""^\s*import\s*['"]([^'"]+)['"]|^\s*(?:import|export)\b[^'"=;]*\bfrom\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]"""
)


def check_include(floor, name, is_quoted):
    """The sentence about one include of this floor, or None."""
    for library, pattern, floors in LIBRARIES:
        if pattern.search(name):
            return None if floor in floors else f"{library} stays in {' and '.join(f'src/{f}' for f in sorted(floors))}."
    if not is_quoted:
        if floor in DETERMINISTIC and name in UNDETERMINED:
            return f"src/{floor} does without <{name}>: it is deterministic and throws nothing."
        return None
    if name in GENERATED:
        return None if GENERATED[name] == floor else f'"{name}" belongs to src/{GENERATED[name]}.'
    other = name.split("/")[0]
    if "/" not in name or other not in BELOW:
        return f'"{name}" does not start with a floor; write "{floor}/{name}".'
    if other != floor and other not in BELOW[floor]:
        return f"src/{floor} may not see src/{other}: an arrow never points up."
    return None


def check_cpp(path, shown):
    floor = path.parent.name if path.parent.name in BELOW else shown.parts[1]
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        code = line.split("//")[0]
        include = INCLUDE.match(code)
        sentence = None
        if include:
            sentence = check_include(floor, include[1] or include[2], include[1] is not None)
        elif word := BANNED_WORDS.search(re.sub(r'"(\\.|[^"\\])*"', '""', code)):
            sentence = f"{word[1]} has no place in this house: values and indices do its work."
        if sentence:
            yield f"{shown}:{number}: {sentence}"


def check_import(shown, name):
    """The sentence about one import of this module of the page, or None."""
    if name.startswith("#engine"):
        return None if str(shown) == ENGINE_MODULE else f"only {ENGINE_MODULE} imports the engine."
    if name.startswith(("./", "../", "#", "virtual:")):
        climbed = (Path("/") / shown.parent / name).as_posix()
        return "a module of the page does not import a tool." if "/tools/" in climbed else None
    return None if name in PACKAGES else f"the page does not load '{name}'; its packages are {', '.join(sorted(PACKAGES))}."


def check_ts(path, shown):
    if path.name.endswith((".test.ts", ".d.ts")):
        return
    text = path.read_text(encoding="utf-8")
    # A statement over several lines counts where it begins.
    joined = re.sub(r"\{[^{}]*\}(?=\s*from\b)", lambda block: block[0].replace("\n", "\x00"), text)
    number = 1
    for line in joined.split("\n"):
        for found in IMPORT.finditer(line):
            sentence = check_import(shown, found[found.lastindex])
            if sentence:
                yield f"{shown}:{number}: {sentence}"
        number += 1 + line.count("\x00")


def check(root):
    """All the sentences about the tree at root."""
    sentences = []
    for path in sorted((root / "src").rglob("*")):
        if path.suffix in {".cpp", ".h"}:
            sentences += check_cpp(path, path.relative_to(root))
    for path in sorted((root / "web" / "src").rglob("*.ts")):
        sentences += check_ts(path, path.relative_to(root))
    return sentences


if __name__ == "__main__":
    found = check(Path(__file__).resolve().parent.parent)
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)
