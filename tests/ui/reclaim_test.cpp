// Pages that can be taken away again, and compaction, as the picture shows them.
#include <gtest/gtest.h>

#include <algorithm>

#include "bench_of_panels.h"
#include "ui/reclaim_fields.h"
#include "ui/scanners.h"
#include "ui/text.h"

namespace mmscope {
namespace {

constexpr const char* kPages = "machine x86_64 { ram = 64M }\nf = open(300)\ntouch(f)\nm = mmap(400K)\ntouch(m)\n";

// DMA32 is full of files' pages with free frames between them; its last command has to compact to find a block.
constexpr const char* kRiddled =
    "machine x86_64 { ram = 64M }\n"
    "while nr_free(DMA, 9) + nr_free(DMA, 10) > 0 { d[] = alloc_pages(__GFP_MEMALLOC|__GFP_DMA, 9) }\n"
    "f = open(3000)\n"
    "for i in 0..3000 { touch(f, 4K, i*4K); a[] = alloc_pages(GFP_HIGHUSER_MOVABLE, 0) }\n"
    "for p in a { __free_pages(p, 0) }\n"
    "drain_all_pages()\n"
    "while nr_free(DMA32, 9) + nr_free(DMA32, 10) > 0 { b[] = alloc_pages(__GFP_MEMALLOC|__GFP_MOVABLE, 9) }\n"
    "big = alloc_pages(GFP_HIGHUSER_MOVABLE, 9)\n";

const ReclaimRow* row_of(const std::vector<ReclaimGroup>& groups, ReclaimGroup::Kind kind, std::string_view name) {
    for (const ReclaimGroup& group : groups)
        for (const ReclaimRow& row : group.rows)
            if (group.kind == kind && row.name == name) return &row;
    return nullptr;
}

Pfn frame_of(const Snapshot& snapshot, u32 mapping, u32 index) {
    const MappingTable& table = snapshot.memory().mapping_table();
    return {table.frame[table.mappings[mapping].first + index]};
}

std::string field_of(const Snapshot& snapshot, Pfn pfn, std::string_view name) {
    for (const Field& field : frame_fields(snapshot, describe_frame(snapshot, pfn)))
        if (name == field.name) return field.value;
    return "no such field";
}

TEST(Inspector, says_whose_page_a_frame_of_a_file_is) {
    BenchOfPanels bench(kPages);
    const Snapshot snapshot = bench.session.snapshot();
    const Pfn pfn = frame_of(snapshot, 0, 7);
    EXPECT_EQ(field_of(snapshot, pfn, "mapping"), "file 0");
    EXPECT_EQ(field_of(snapshot, pfn, "index"), "7");
    EXPECT_EQ(field_of(snapshot, pfn, "LRU list"), "inactive_file");
    EXPECT_EQ(field_of(snapshot, pfn, "_refcount"), "1");
    EXPECT_EQ(field_of(snapshot, pfn, "_mapcount"), "0");
    EXPECT_EQ(field_of(snapshot, pfn, "mapped by"), "line 3");
    EXPECT_EQ(field_of(snapshot, pfn, "call"), "open(300)");
    EXPECT_NE(field_of(snapshot, pfn, "flags").find("lru"), std::string::npos);
    EXPECT_NE(field_of(snapshot, pfn, "lru").find(hex(frame_of(snapshot, 0, 8).value)), std::string::npos);
}

TEST(Inspector, calls_shared_memory_by_its_name) {
    BenchOfPanels bench("machine x86_64 { ram = 64M }\nf = shm_open(\"/frame\", 16K)\npwrite(f, 8K)\n");
    const Snapshot snapshot = bench.session.snapshot();
    const Pfn pfn = frame_of(snapshot, 0, 1);
    EXPECT_EQ(field_of(snapshot, pfn, "mapping"), "/dev/shm/frame");
    EXPECT_EQ(field_of(snapshot, pfn, "LRU list"), "inactive_anon") << "only swap could take it";
    EXPECT_EQ(field_of(snapshot, pfn, "_refcount"), "1");
    const std::vector<ReclaimGroup> groups = reclaim_groups(snapshot);
    EXPECT_EQ(row_of(groups, ReclaimGroup::Kind::mappings, "/dev/shm/frame")->value, "2 of 4");
}

TEST(Inspector, says_where_in_the_process_an_anonymous_frame_lies) {
    BenchOfPanels bench(kPages);
    const Snapshot snapshot = bench.session.snapshot();
    const Pfn pfn = frame_of(snapshot, 1, 2);
    const u64 address = snapshot.memory().mapping_table().mappings[1].address;
    EXPECT_EQ(field_of(snapshot, pfn, "mapping"), "anonymous area at " + hex(address));
    EXPECT_EQ(field_of(snapshot, pfn, "_mapcount"), "1");
    EXPECT_NE(field_of(snapshot, pfn, "LRU list").find("anon"), std::string::npos);
}

TEST(Inspector, leads_from_a_frame_to_its_file_whose_frames_then_stand_out) {
    BenchOfPanels bench(kPages);
    bench.app.select(frame_of(bench.session.snapshot(), 0, 7));
    bench.settle();
    const auto is_file = [](const Thing& thing) { return thing == Thing::of_mapping(0); };
    ASSERT_TRUE(bench.point(bench.panel(PanelId::inspector), is_file));
    bench.click_there();
    EXPECT_EQ(bench.app.view().selection.selected(), Thing::of_mapping(0));
    EXPECT_TRUE(bench.key("Escape"));
    EXPECT_EQ(bench.settle(), 1);
}

TEST(ReclaimPanel, selects_a_file_by_its_row) {
    BenchOfPanels bench(kPages);
    bench.bring(PanelId::reclaim);
    const auto is_mapping = [](const Thing& thing) { return thing.is(Thing::Kind::mapping); };
    ASSERT_TRUE(bench.point(bench.panel(PanelId::reclaim), is_mapping));
    bench.click_there();
    EXPECT_TRUE(bench.app.view().selection.selected().is(Thing::Kind::mapping));
}

TEST(ReclaimPanel, leads_from_a_page_on_a_belt_to_its_frame) {
    BenchOfPanels bench(kPages);
    bench.bring(PanelId::reclaim);
    const auto is_frame = [](const Thing& thing) { return thing.is(Thing::Kind::frame); };
    ASSERT_TRUE(bench.point(bench.panel(PanelId::reclaim), is_frame));
    bench.click_there();
    const Thing selected = bench.app.view().selection.selected();
    ASSERT_TRUE(selected.is(Thing::Kind::frame));
    EXPECT_TRUE(frame_state::is_on_lru(bench.session.snapshot().memory().frames().state(selected.pfn)));
}

TEST(ReclaimFields, count_the_lists_of_a_node_by_zone) {
    BenchOfPanels bench(kPages);
    const std::vector<ReclaimGroup> groups = reclaim_groups(bench.session.snapshot());
    const ReclaimRow* files = row_of(groups, ReclaimGroup::Kind::node, "inactive_file");
    ASSERT_NE(files, nullptr);
    EXPECT_EQ(files->value, "DMA32 300");
    EXPECT_EQ(row_of(groups, ReclaimGroup::Kind::node, "kswapd")->value, "asleep");
    EXPECT_EQ(row_of(groups, ReclaimGroup::Kind::mappings, "file 0")->value, "300 of 300");
}

TEST(ReclaimFields, say_what_the_last_command_did_and_nothing_of_those_before) {
    BenchOfPanels bench(std::string(kPages) + "drop_caches()\nalloc_page(GFP_KERNEL)\n");
    const auto dropped = [&] {
        return row_of(reclaim_groups(bench.session.snapshot()), ReclaimGroup::Kind::command, "drop_pagecache")->value;
    };
    EXPECT_EQ(dropped(), "0");
    bench.seek(5);
    EXPECT_EQ(dropped(), "1");
    bench.seek(0);
    EXPECT_EQ(dropped(), "0");
}

TEST(Scanners, move_towards_each_other_and_end_where_compaction_ended) {
    BenchOfPanels bench(kRiddled);
    const Snapshot snapshot = bench.session.snapshot();
    Scanners scanners;
    scanners.observe(snapshot, 0, Motion::full);
    ASSERT_TRUE(scanners.has_run());
    EXPECT_GT(scanners.moved(), 0U);
    const TraceEvent* end = nullptr;
    for (u32 i = 0; i < snapshot.trace->kept(); ++i)
        if (snapshot.trace->kept_event(i).kind == TraceKind::mm_compaction_end) end = &snapshot.trace->kept_event(i);
    ASSERT_NE(end, nullptr);
    EXPECT_TRUE(scanners.is_moving(Scanners::kLifetime / 2));
    EXPECT_FALSE(scanners.is_moving(Scanners::kLifetime));
    const std::vector<Scanners::Place> places = scanners.places(Scanners::kLifetime);
    const auto place = std::find_if(places.begin(), places.end(), [&](const auto& p) { return p.zone == end->zone; });
    ASSERT_NE(place, places.end());
    EXPECT_EQ(place->migrate, Pfn{end->pfn});
    EXPECT_EQ(place->free, Pfn{end->a});
    EXPECT_FALSE(place->is_remembered);
    EXPECT_LT(scanners.moves(1).size(), scanners.moves(Scanners::kLifetime).size());
}

TEST(Scanners, stand_at_the_end_at_once_when_motion_is_reduced) {
    BenchOfPanels bench(kRiddled);
    Scanners scanners;
    scanners.observe(bench.session.snapshot(), 0, Motion::reduced);
    EXPECT_TRUE(scanners.has_run());
    EXPECT_FALSE(scanners.is_moving(0));
}

TEST(Scanners, are_remembered_after_a_command_that_compacts_nothing) {
    BenchOfPanels bench(std::string(kRiddled) + "alloc_page(GFP_KERNEL)\n");
    Scanners scanners;
    scanners.observe(bench.session.snapshot(), 0, Motion::full);
    EXPECT_FALSE(scanners.has_run());
    EXPECT_FALSE(scanners.is_moving(0));
    const std::vector<Scanners::Place> places = scanners.places(0);
    ASSERT_FALSE(places.empty());
    EXPECT_TRUE(places[0].is_remembered);
}

TEST(Scanners, tell_of_a_moved_page_at_both_of_its_frames) {
    BenchOfPanels bench(kRiddled);
    Scanners scanners;
    scanners.observe(bench.session.snapshot(), 0, Motion::full);
    const std::vector<Scanners::Move> moves = scanners.moves(Scanners::kLifetime);
    ASSERT_FALSE(moves.empty());
    EXPECT_EQ(scanners.move_of(moves.back().to)->from, moves.back().from);
    EXPECT_EQ(scanners.move_of(moves.back().from)->to, moves.back().to);
    EXPECT_EQ(scanners.move_of({0}), nullptr);
}

TEST(Picture, moves_while_the_scanners_do_and_then_rests) {
    BenchOfPanels bench(kRiddled);
    const u32 last = bench.session.snapshot().step;
    bench.seek(last - 1);
    bench.settle();
    bench.seek(last);
    EXPECT_GT(bench.settle(), 60);  // 1.5 s of frames, 16 ms each
    EXPECT_EQ(bench.settle(), 1);
    bench.app.set_theme(ThemeKind::dark, Motion::reduced);
    bench.seek(last - 1);
    bench.settle();
    bench.seek(last);
    EXPECT_LE(bench.settle(), 4);
}

TEST(Picture, shows_compaction_and_mappings_in_every_shape) {
    BenchOfPanels bench(kRiddled);
    for (const auto& [width, height] : {std::pair{1540, 950}, {1060, 420}, {390, 690}, {120, 60}}) {
        for (const double ratio : {1.0, 2.0}) {
            bench.app.resize(width, height, ratio);
            bench.settle();
            EXPECT_EQ(bench.settle(), 1);
        }
    }
}

TEST(LegendFilter, tells_pages_of_files_from_anonymous_ones_and_both_from_the_rest) {
    const u8 file = frame_state::allocated_head(Migratetype::movable, Owner::page_cache);
    const u8 anonymous = frame_state::allocated_head(Migratetype::movable, Owner::anonymous);
    const u8 kernel = frame_state::allocated_head(Migratetype::movable, Owner::kernel);
    EXPECT_EQ(kind_of(file), FrameKind::page_cache);
    EXPECT_EQ(kind_of(anonymous), FrameKind::anonymous);
    EXPECT_EQ(kind_of(kernel), FrameKind::allocated);
    const LegendFilter only_files{1 << static_cast<int>(FrameKind::page_cache), 0};
    EXPECT_TRUE(only_files.lets_through(file));
    EXPECT_FALSE(only_files.lets_through(anonymous));
    EXPECT_FALSE(only_files.lets_through(kernel));
}

}  // namespace
}  // namespace mmscope
