#!/usr/bin/env python3
"""The ./mmscope script, copied into an empty folder and given a PATH of its own, so that it touches nothing here."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "mmscope"
PLAIN_TOOLS = ["bash", "cat", "cut", "dirname", "env", "mkdir", "readlink", "realpath", "rm", "sed", "sort", "tail"]


class Mmscope(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = Path(folder.name) / "clone"
        self.tools = Path(folder.name) / "tools"
        self.top.mkdir()
        self.tools.mkdir()
        shutil.copy(SCRIPT, self.top)
        for tool in PLAIN_TOOLS:
            (self.tools / tool).symlink_to(shutil.which(tool))

    def fake(self, tool, script):
        path = self.tools / tool
        path.write_text(f"#!/bin/bash\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def run_script(self, *arguments, path=None, cwd="/"):
        environment = {"PATH": path or str(self.tools), "HOME": str(self.top)}
        return subprocess.run(
            [self.top / "mmscope", *arguments], env=environment, cwd=cwd, capture_output=True, text=True, check=False
        )

    def test_help_names_every_command_and_every_kind_of_test(self):
        text = SCRIPT.read_text(encoding="utf-8")
        labels = re.findall(r"^([a-z |]+)\)$", text[text.index("case $command in") :], re.MULTILINE)
        commands = [word for label in labels for word in label.split(" | ")]
        kinds = re.search(r'^kinds="(.*)"$', text, re.MULTILINE)[1].split()
        shown = self.run_script("help")
        self.assertEqual(shown.returncode, 0)
        self.assertGreaterEqual(len(commands), 8)
        for word in commands + kinds:
            self.assertRegex(shown.stdout, rf"\b{word}\b")

    def test_an_unknown_command_is_one_sentence(self):
        answer = self.run_script("biuld")
        self.assertEqual((answer.returncode, answer.stdout), (1, ""))
        self.assertEqual(answer.stderr, "mmscope: no command 'biuld'; ./mmscope help lists them\n")

    def test_an_unknown_test_lists_those_there_are(self):
        answer = self.run_script("test", "nativ")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("no tests named 'nativ'; there are: layers", answer.stderr)

    def test_without_root_what_is_missing_is_named_in_one_sentence(self):
        self.fake("id", "echo 1000")
        answer = self.run_script("run", "some.mm")
        self.assertEqual(answer.returncode, 1)
        self.assertEqual(len(answer.stderr.splitlines()), 1)
        for package in ["g++", "cmake", "ninja-build"]:
            self.assertIn(package, answer.stderr)

    def test_root_installs_what_is_missing_and_nothing_else(self):
        self.fake("id", "echo 0")
        self.fake("apt-get", f'echo "$@" >>{self.top}/asked; for p; do [ $p != cmake ] || exit 1; done')
        for tool in ["g++", "ninja", "xz"]:
            self.fake(tool, "exit 0")
        answer = self.run_script("run", "some.mm")
        self.assertEqual(answer.returncode, 1)  # apt-get would not
        asked = (self.top / "asked").read_text(encoding="utf-8")
        self.assertIn("cmake", asked)
        for package in ["g++", "ninja-build", "xz-utils"]:
            self.assertNotIn(package, asked)

    def test_a_failing_step_is_named_with_the_end_of_its_log(self):
        (self.top / "build/imgui").mkdir(parents=True)
        (self.top / "build/imgui/imgui.h").touch()
        self.fake("cmake", "exit 0")
        self.fake("ninja", "echo zone.cpp:7: no such frame; exit 1")
        answer = self.run_script("run", "some.mm", path=f"{self.tools}:{os.environ['PATH']}")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("zone.cpp:7: no such frame", answer.stderr)
        self.assertIn("the step 'native' failed", answer.stderr)

    def test_serve_without_a_site_installs_nothing(self):
        self.fake("id", "echo 0")
        self.fake("apt-get", f"touch {self.top}/asked")
        self.fake("npm", f"touch {self.top}/asked")
        self.assertIn("no site in dist/ yet", self.run_script("serve").stderr)
        self.assertFalse((self.top / "asked").exists())

    def test_serve_without_root_and_node_names_the_package(self):
        (self.top / "dist").mkdir()
        (self.top / "dist/index.html").touch()
        self.fake("id", "echo 1000")
        self.fake("uname", "echo x86_64")
        answer = self.run_script("serve")
        self.assertEqual(answer.stderr, "mmscope: needs these Debian packages and may not install them: npm\n")

    def test_serve_wants_a_site_and_a_port_that_is_a_number(self):
        self.fake("node", "exit 0")
        self.assertIn("no site in dist/ yet", self.run_script("serve").stderr)
        self.assertIn("--port N", self.run_script("serve", "--port", "http").stderr)


if __name__ == "__main__":
    unittest.main()
