#!/usr/bin/env python3
"""The layer check, on small trees that are made to break one rule each."""

import tempfile
import unittest
from pathlib import Path

from check_layers import check


def sentences(**files):
    """check() of a tree with these files, written `src__mm__zone_h="text"`."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in files.items():
            stem, suffix = name.replace("__", "/").rsplit("_", 1)
            path = root / f"{stem}.{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return check(root)


class CppLayers(unittest.TestCase):
    def test_a_floor_sees_itself_and_what_is_below(self):
        self.assertEqual(sentences(src__play__machine_cpp='#include "play/machine.h"\n#include "mm/zone.h"\n'), [])

    def test_an_arrow_up_is_named_with_its_line(self):
        found = sentences(src__mm__zone_cpp='#include "mm/zone.h"\n\n#include "play/machine.h"\n')
        self.assertEqual(found, ["src/mm/zone.cpp:3: src/mm may not see src/play: an arrow never points up."])

    def test_procfs_does_not_see_mm(self):
        self.assertEqual(len(sentences(src__procfs__buddyinfo_h='#include "mm/zone.h"\n')), 1)

    def test_an_include_names_its_floor(self):
        self.assertIn('write "mm/zone.h"', sentences(src__mm__zone_cpp='#include "zone.h"\n')[0])

    def test_imgui_stays_in_ui(self):
        self.assertEqual(sentences(src__ui__app_cpp="#include <imgui.h>\n#include <imgui_impl_opengl3.h>\n"), [])
        self.assertEqual(len(sentences(src__gfx__page_map_cpp='#include "imgui.h"\n')), 1)

    def test_gl_stays_in_gfx(self):
        self.assertEqual(sentences(src__gfx__page_map_cpp="#include <GLES3/gl3.h>\n"), [])
        self.assertEqual(len(sentences(src__ui__app_cpp="#include <GLES3/gl3.h>\n")), 1)

    def test_embind_stays_in_api(self):
        self.assertEqual(sentences(src__api__bindings_cpp="#include <emscripten/bind.h>\n"), [])
        self.assertEqual(len(sentences(src__ui__app_cpp="#include <emscripten/bind.h>\n")), 1)

    def test_deterministic_floors_have_no_clock(self):
        self.assertEqual(len(sentences(src__mm__zone_cpp="#include <chrono>\n")), 1)
        self.assertEqual(sentences(src__cli__main_cpp="#include <chrono>\n#include <iostream>\n"), [])

    def test_generated_headers_belong_to_one_floor(self):
        self.assertEqual(sentences(src__gfx__page_map_cpp='#include "shaders_embedded.h"\n'), [])
        self.assertEqual(len(sentences(src__ui__app_cpp='#include "shaders_embedded.h"\n')), 1)

    def test_shared_ptr_is_found_in_code_but_not_in_comments_or_text(self):
        self.assertEqual(len(sentences(src__ui__app_h="std::shared_ptr<int> p;\n")), 1)
        self.assertEqual(sentences(src__ui__app_h='// no shared_ptr here\nauto s = "shared_ptr";\n'), [])


class WebLayers(unittest.TestCase):
    def test_only_the_engine_module_imports_the_engine(self):
        self.assertEqual(sentences(web__src__engine_ts="import createEngine from '#engine';\n"), [])
        self.assertEqual(
            sentences(web__src__main_ts="\nconst glue = await import('#engine');\n"),
            ["web/src/main.ts:2: only web/src/engine.ts imports the engine."],
        )

    def test_an_import_over_several_lines_counts_and_lines_after_it_keep_their_number(self):
        text = "import {\n  a,\n  b,\n} from './a';\nimport '#engine';\n"
        self.assertEqual(sentences(web__src__main_ts=text), ["web/src/main.ts:5: only web/src/engine.ts imports the engine."])

    def test_the_page_loads_only_its_packages(self):
        self.assertEqual(sentences(web__src__link_ts="import { deflateSync } from 'fflate';\nexport * from './crc32';\n"), [])
        self.assertIn("does not load 'yaml'", sentences(web__src__link_ts="import { parse } from 'yaml';\n")[0])

    def test_the_page_imports_no_tool(self):
        self.assertEqual(len(sentences(web__src__link_ts="import x from '../tools/lessons.mjs';\n")), 1)

    def test_tests_may_import_what_they_like(self):
        self.assertEqual(sentences(web__src__link_test_ts="") + sentences(**{"web__src__link.test_ts": "import 'yaml';\n"}), [])


if __name__ == "__main__":
    unittest.main()
