#include "intake/recognise.h"

#include <gtest/gtest.h>

#include "procfs/proc_texts.h"

namespace mmscope {
namespace {

using test::kBuddyInfo;
using test::kPageTypeInfo;
using test::kZoneInfo;

constexpr u32 kZoneLines = 83;  // of kZoneInfo

struct Expected {
    PieceKind kind;
    u32 first_line;
    u32 lines;
};

void expect_pieces(const std::string& text, const std::vector<Expected>& expected) {
    const auto pieces = recognise(text);
    ASSERT_TRUE(pieces);
    ASSERT_EQ(pieces->size(), expected.size()) << text;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ((*pieces)[i].kind, expected[i].kind) << i;
        EXPECT_EQ((*pieces)[i].first_line, expected[i].first_line) << i;
        EXPECT_EQ((*pieces)[i].lines, expected[i].lines) << i;
    }
}

const std::string kSlabInfo =
    "slabinfo - version: 2.1\n"
    "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount>\n"
    "dentry               776    798    192   21    1 : tunables    0    0    0 : slabdata     38     38      0\n"
    "kmalloc-64          1249   1280     64   64    1 : tunables    0    0    0 : slabdata     20     20      0\n";

TEST(Recognise, slabinfo_with_or_without_its_headings) {
    expect_pieces(kSlabInfo, {{PieceKind::slabinfo, 1, 4}});
    expect_pieces(kSlabInfo.substr(kSlabInfo.find("dentry")), {{PieceKind::slabinfo, 1, 2}});
    expect_pieces(kSlabInfo + "kmalloc-32  1429  2176\n", {{PieceKind::slabinfo, 1, 5}});
    expect_pieces("slabinfo - version: 1.1\nkmem_cache   59  78  100  2  2  1\n", {{PieceKind::slabinfo, 1, 2}});
    expect_pieces(kSlabInfo + "nr_free_pages 123\n", {{PieceKind::slabinfo, 1, 4}, {PieceKind::unknown, 5, 1}});
}

TEST(Recognise, slabinfo_beside_the_others) {
    expect_pieces(kZoneInfo + kSlabInfo + kBuddyInfo, {{PieceKind::zoneinfo, 1, kZoneLines},
                                                       {PieceKind::slabinfo, kZoneLines + 1, 4},
                                                       {PieceKind::buddyinfo, kZoneLines + 5, 2}});
    expect_pieces("#!mm 1\na = 1\n" + kSlabInfo, {{PieceKind::script, 1, 2}, {PieceKind::slabinfo, 3, 4}});
}

TEST(Recognise, each_file_by_its_content) {
    expect_pieces(kZoneInfo, {{PieceKind::zoneinfo, 1, kZoneLines}});
    expect_pieces(kBuddyInfo, {{PieceKind::buddyinfo, 1, 2}});
    expect_pieces(kPageTypeInfo, {{PieceKind::pagetypeinfo, 1, 18}});
    expect_pieces("#!mm 1\na = alloc_pages(GFP_KERNEL, 0)\n", {{PieceKind::script, 1, 2}});
    expect_pieces("\nmachine x86_64 { ram = 1G }\n\nnote \"x\"\n", {{PieceKind::script, 2, 3}});
    expect_pieces("hello\nworld\n", {{PieceKind::unknown, 1, 2}});
    expect_pieces(" \n\n", {});
}

TEST(Recognise, several_files_in_any_order) {
    expect_pieces(kBuddyInfo + kZoneInfo + kPageTypeInfo,
                  {{PieceKind::buddyinfo, 1, 2}, {PieceKind::zoneinfo, 3, kZoneLines}, {PieceKind::pagetypeinfo, 3 + kZoneLines, 18}});
    expect_pieces(kPageTypeInfo + kBuddyInfo + kZoneInfo,
                  {{PieceKind::pagetypeinfo, 1, 18}, {PieceKind::buddyinfo, 19, 2}, {PieceKind::zoneinfo, 21, kZoneLines}});
    expect_pieces(kZoneInfo + kBuddyInfo + kPageTypeInfo,
                  {{PieceKind::zoneinfo, 1, kZoneLines}, {PieceKind::buddyinfo, 1 + kZoneLines, 2}, {PieceKind::pagetypeinfo, 3 + kZoneLines, 18}});
}

TEST(Recognise, the_pieces_hold_the_text_itself) {
    const std::string text = kPageTypeInfo + "\n" + kBuddyInfo;
    const auto pieces = recognise(text);
    ASSERT_TRUE(pieces);
    ASSERT_EQ(pieces->size(), 2U);
    EXPECT_EQ((*pieces)[0].text, kPageTypeInfo);
    EXPECT_EQ((*pieces)[1].text, kBuddyInfo);
}

TEST(Recognise, foreign_lines_inside_a_file_stay_with_it_and_others_stand_alone) {
    expect_pieces("$ cat zoneinfo\n" + kZoneInfo + "$ cat buddyinfo\n" + kBuddyInfo + "$ exit\n",
                  {{PieceKind::unknown, 1, 1}, {PieceKind::zoneinfo, 2, kZoneLines}, {PieceKind::unknown, 2 + kZoneLines, 1},
                   {PieceKind::buddyinfo, 3 + kZoneLines, 2}, {PieceKind::unknown, 5 + kZoneLines, 1}});
    expect_pieces(test::with(kBuddyInfo, "\n", "\n$ # more\n"), {{PieceKind::buddyinfo, 1, 3}});
}

TEST(Recognise, a_script_with_proc_text_in_its_heredoc_is_a_script) {
    const std::string script = "#!mm 1\nmachine from text <<END\n" + kBuddyInfo + kZoneInfo + "END\nnote \"x\"\n";
    expect_pieces(script, {{PieceKind::script, 1, kZoneLines + 6}});
    expect_pieces(script + kBuddyInfo, {{PieceKind::script, 1, kZoneLines + 6}, {PieceKind::buddyinfo, kZoneLines + 7, 2}});
}

TEST(Recognise, more_than_a_mebibyte_is_refused_at_once) {
    const auto pieces = recognise(std::string(10U << 20, '\n'));
    ASSERT_FALSE(pieces);
    EXPECT_EQ(pieces.error().message.key, "import.too_long");
    EXPECT_EQ(pieces.error().line, 0U);
    EXPECT_TRUE(recognise(std::string(kMostPastedBytes, '\n')));
}

TEST(Recognise, captures_are_known_by_how_they_begin) {
    EXPECT_EQ(capture_kind("TEST pages_basic\nFREELISTS before\n"), CaptureKind::module_capture);
    EXPECT_EQ(capture_kind("FREELISTS now\n"), CaptureKind::kernel_dumps);
    EXPECT_EQ(capture_kind("# tracer: nop\n#\n"), CaptureKind::page_trace);
    EXPECT_EQ(capture_kind(" init-1 [000] ..... 9.8: mm_page_free: page=1 pfn=0x10 order=0\n"), CaptureKind::page_trace);
    EXPECT_EQ(capture_kind("[ 1.5] GOLD init free=0 L |mt 0\n"), CaptureKind::golden);
    EXPECT_EQ(capture_kind("==7== Lackey, an example Valgrind tool\nhello\n"), CaptureKind::lackey);
    EXPECT_EQ(capture_kind("hello\nI  0401ab70,3\n S 1fff000618,8\n"), CaptureKind::lackey);
    EXPECT_EQ(capture_kind("I  0401ab70,3"), CaptureKind::lackey);
    EXPECT_EQ(capture_kind("I  0401ab\nI  am a poem,\n S oit il,4\n"), CaptureKind::none);
    EXPECT_EQ(capture_kind("TEST ksize\n"), CaptureKind::none);
    EXPECT_EQ(capture_kind(kBuddyInfo), CaptureKind::none);
    EXPECT_EQ(capture_kind(""), CaptureKind::none);
}

}  // namespace
}  // namespace mmscope
