#include <gtest/gtest.h>

#include "bench_of_panels.h"
#include "ui/block_list.h"
#include "ui/changes.h"
#include "ui/fields.h"
#include "ui/pcp_panel.h"
#include "ui/text.h"
#include "ui/theme.h"
#include "ui/tiling.h"
#include "ui/zones_panel.h"

namespace mmscope {
namespace {

TEST(Text, groups_digits_by_three) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(grouped(1000), "1,000");
    EXPECT_EQ(grouped(18446744073709551615U), "18,446,744,073,709,551,615");
    EXPECT_EQ(signed_grouped(-1024), "-1,024");
    EXPECT_EQ(signed_grouped(3), "+3");
}

TEST(Text, says_sizes_with_three_digits_and_a_unit) {
    EXPECT_EQ(memory_size(1), "4 KiB");
    EXPECT_EQ(memory_size(256), "1 MiB");
    EXPECT_EQ(memory_size(3998), "15.6 MiB");
    EXPECT_EQ(memory_size(262144), "1 GiB");
    EXPECT_EQ(address_size(0), "0");
    EXPECT_EQ(address_size(u64{16} << 20), "16M");
    EXPECT_EQ(address_size(u64{9} << 29), "4.5G");
    EXPECT_EQ(address_size(u64{5984} << 20), "5.84G");
    EXPECT_EQ(address_size(u64{4} << 30), "4G");
    EXPECT_EQ(address_size((u64{4} << 30) + (u64{64} << 20)), "4.06G");
}

TEST(Text, shortens_only_what_does_not_fit) {
    EXPECT_EQ(compact(1234567, 9), "1,234,567");
    EXPECT_EQ(compact(1234567, 5), "1.2M");
    EXPECT_EQ(compact(131072, 5), "131k");
}

TEST(Theme, has_text_that_can_be_read_on_every_ground) {
    for (const ThemeKind kind : {ThemeKind::dark, ThemeKind::light}) {
        const Theme& t = theme(kind);
        for (const Ink ground : {Ink::ground, Ink::panel, Ink::raised}) {
            for (const Ink ink : {Ink::text, Ink::quiet, Ink::accent}) {
                EXPECT_GE(contrast(t[ground], t[ink]), 4.5)
                    << static_cast<int>(kind) << static_cast<int>(ground) << static_cast<int>(ink);
            }
        }
    }
}

TEST(Theme, has_letters_that_can_be_read_on_every_colour_of_a_thing) {
    for (u32 state = 0; state < 0x80; ++state) {
        const Color color = frame_color(static_cast<u8>(state));
        const double best = std::max(contrast(color, Color::hex(0x0E1116)), contrast(color, Color::hex(0xFFFFFF)));
        EXPECT_GE(best, 4.5) << state;
    }
}

TEST(LegendFilter, lets_through_what_both_groups_choose) {
    const u8 free_movable = frame_state::free_head(Migratetype::movable, {3});
    const u8 kernel = frame_state::allocated_tail(Migratetype::unmovable, Owner::kernel);
    EXPECT_TRUE(LegendFilter().lets_through(free_movable));
    const LegendFilter only_free{1 << static_cast<int>(FrameKind::free), 0};
    EXPECT_TRUE(only_free.lets_through(free_movable));
    EXPECT_FALSE(only_free.lets_through(kernel));
    EXPECT_FALSE(only_free.lets_through(frame_state::kReserved));
    const LegendFilter unmovable{0, 1 << static_cast<int>(Migratetype::unmovable)};
    EXPECT_TRUE(unmovable.lets_through(kernel));
    EXPECT_FALSE(unmovable.lets_through(free_movable));
    EXPECT_FALSE(unmovable.lets_through(frame_state::kReserved));
}

TEST(Palette, shows_free_frames_as_a_quarter_of_their_colour_and_fades_what_is_filtered) {
    const Theme& dark = theme(ThemeKind::dark);
    const u8 state = frame_state::free_head(Migratetype::movable, {0});
    const MapPalette all = map_palette(dark, {});
    EXPECT_EQ(all.cell[state], blend(dark[Ink::panel], Color::hex(0x56B4E9), 0.25).packed());
    const MapPalette filtered = map_palette(dark, {1 << static_cast<int>(FrameKind::reserved), 0});
    EXPECT_NE(filtered.cell[state], all.cell[state]);
    EXPECT_EQ(filtered.cell[frame_state::kReserved], all.cell[frame_state::kReserved]);
}

TEST(Palette, of_pageblocks_keeps_what_a_frame_is_used_as_and_takes_its_pageblocks_type) {
    const auto shown = [](u8 state) { return shown_state(state, Migratetype::reclaimable); };
    EXPECT_EQ(shown(frame_state::free_head(Migratetype::movable, {3})),
              frame_state::free_head(Migratetype::reclaimable, {3}));
    EXPECT_EQ(shown(frame_state::free_tail(Migratetype::movable)), frame_state::free_tail(Migratetype::reclaimable));
    EXPECT_EQ(shown(frame_state::allocated_tail(Migratetype::movable, Owner::pcp)),
              frame_state::allocated_tail(Migratetype::reclaimable, Owner::pcp));
    EXPECT_EQ(shown(frame_state::allocated_head(Migratetype::movable, Owner::slab)),
              frame_state::allocated_head(Migratetype::reclaimable, Owner::kernel));
    EXPECT_EQ(shown(frame_state::kReserved), frame_state::kReserved);
    EXPECT_EQ(shown(frame_state::kAbsent), frame_state::kAbsent);
}

TEST(Selection, remembers_the_way_and_forgets_what_was_ahead) {
    Selection selection;
    selection.select(Thing::frame({1}));
    selection.select(Thing::frame({2}));
    selection.select(Thing::list(0, {3}, Migratetype::movable));
    EXPECT_TRUE(selection.back());
    EXPECT_EQ(selection.selected(), Thing::frame({2}));
    selection.select(Thing::frame({9}));
    EXPECT_FALSE(selection.forward());
    selection.let_go();
    EXPECT_TRUE(selection.back());
    EXPECT_EQ(selection.selected(), Thing::frame({9}));
}

TEST(Selection, remembers_a_bounded_number_of_things) {
    Selection selection;
    for (u32 i = 0; i < 1000; ++i) selection.select(Thing::frame({i}));
    int steps = 0;
    while (selection.back()) ++steps;
    EXPECT_EQ(steps, 63);
}

TEST(Tiling, covers_the_canvas_with_panels_that_do_not_overlap) {
    for (const auto& [width, height] :
         {std::pair{1540.0F, 950.0F}, {1060.0F, 760.0F}, {1060.0F, 420.0F}, {768.0F, 1024.0F}, {390.0F, 690.0F}}) {
        for (const bool list : {false, true}) {
            const Tiling tiling = tile(width, height, 1, {2, PanelId::buddy, PanelId::buddy, list, false, PanelId::map});
            std::vector<Rect> all(std::begin(tiling.panels), std::end(tiling.panels));
            all.push_back(tiling.list);
            for (size_t i = 0; i < all.size(); ++i) {
                if (all[i].is_empty()) continue;
                EXPECT_TRUE(all[i].x0 >= 0 && all[i].y0 >= 0 && all[i].x1 <= width && all[i].y1 <= height);
                for (size_t j = 0; j < i; ++j) {
                    const bool apart = all[i].x1 <= all[j].x0 || all[j].x1 <= all[i].x0 || all[i].y1 <= all[j].y0 ||
                                       all[j].y1 <= all[i].y0;
                    EXPECT_TRUE(apart || all[j].is_empty());
                }
            }
        }
    }
}

TEST(Tiling, gives_most_of_the_room_to_the_map) {
    for (const auto& [width, height] :
         {std::pair{1540.0F, 950.0F}, {1060.0F, 760.0F}, {1060.0F, 420.0F}, {390.0F, 690.0F}}) {
        const Tiling tiling = tile(width, height, 1, {2, PanelId::buddy, PanelId::buddy, false, false, PanelId::map});
        const auto area = [&](PanelId id) { return tiling[id].width() * tiling[id].height(); };
        for (const PanelId id : {PanelId::zones, PanelId::buddy, PanelId::inspector})
            EXPECT_GT(area(PanelId::map), area(id));
    }
}

TEST(Gauge, keeps_the_marks_apart_on_a_large_zone_and_stays_monotonous) {
    Zone zone;
    zone.managed = 4000000;
    zone.watermark[0] = 16000, zone.watermark[1] = 20000, zone.watermark[2] = 24000;
    const GaugeScale scale = gauge_scale(zone);
    EXPECT_GT(scale.at(20000) - scale.at(16000), 0.03);
    double before = -1;
    for (double pages = 0; pages <= 4000000; pages += 10000) {
        EXPECT_GT(scale.at(pages), before);
        before = scale.at(pages);
    }
    EXPECT_DOUBLE_EQ(scale.at(4000000), 1);
}

TEST(Changes, show_a_split_as_the_block_that_was_taken_and_the_part_that_was_given) {
    BenchOfPanels bench("machine x86_64 { ram = 64M }\na = alloc_pages(GFP_KERNEL, 4)\n__free_pages(a, 4)\n");
    Changes changes;
    bench.seek(0);
    changes.observe(bench.session.snapshot(), 0, Motion::full);
    bench.seek(1);
    ASSERT_TRUE(changes.observe(bench.session.snapshot(), 100, Motion::full));
    ASSERT_EQ(changes.blocks().size(), 1U);
    const BlockChange given = changes.blocks()[0];
    EXPECT_EQ(given.kind, BlockChange::Kind::given);
    EXPECT_GT(given.from_order, given.to_order);
    EXPECT_EQ(given.to_order, Order{4});
    EXPECT_EQ(changes.age(100), 0);
    EXPECT_TRUE(changes.is_moving(200));
    EXPECT_FALSE(changes.is_moving(100 + Changes::kLifetime));
    bench.seek(2);
    ASSERT_TRUE(changes.observe(bench.session.snapshot(), 500, Motion::full));
    ASSERT_EQ(changes.blocks().size(), 1U);
    const BlockChange returned = changes.blocks()[0];
    EXPECT_EQ(returned.kind, BlockChange::Kind::returned);
    EXPECT_EQ(returned.from, given.to);
    EXPECT_GT(returned.to_order, Order{4});
}

TEST(Changes, count_by_how_much_each_list_grew) {
    BenchOfPanels bench(
        "machine x86_64 { ram = 64M }\na = alloc_pages(GFP_KERNEL, 9)\nb = alloc_pages(GFP_KERNEL, 9)\n");
    Changes changes;
    bench.seek(1);
    changes.observe(bench.session.snapshot(), 0, Motion::full);
    const Zone* zone = bench.session.snapshot().memory().find_zone(ZoneType::dma32, 0);
    ASSERT_NE(zone, nullptr);
    const u8 position = zone->position;
    bench.seek(2);
    changes.observe(bench.session.snapshot(), 0, Motion::reduced);
    i64 pages = 0;
    for (u8 order = 0; order < kNrPageOrders; ++order) {
        for (u8 type = 0; type < kMigratetypes; ++type)
            pages += changes.of_list(position, {order}, static_cast<Migratetype>(type)) << order;
    }
    EXPECT_EQ(pages, -512);
    EXPECT_FALSE(changes.is_moving(1));
}

TEST(Changes, of_a_run_are_those_since_it_began_however_often_it_was_looked_at) {
    const auto grown = [](bool is_looked_at) {
        BenchOfPanels bench("machine x86_64 { ram = 64M }\nrepeat 40 { a = alloc_pages(GFP_KERNEL, 4) }\n");
        Changes changes;
        bench.seek(0);
        changes.observe(bench.session.snapshot(), 0, Motion::reduced);
        bench.session.run();
        while (bench.session.work(7)) {
            if (is_looked_at) changes.observe(bench.session.snapshot(), 0, Motion::reduced);
        }
        changes.observe(bench.session.snapshot(), 0, Motion::reduced);
        i64 pages = 0;
        for (const Zone& zone : bench.session.snapshot().memory().zones()) {
            for (u8 order = 0; order < kNrPageOrders; ++order) {
                for (u8 type = 0; type < kMigratetypes; ++type)
                    pages += changes.of_list(zone.position, {order}, static_cast<Migratetype>(type)) << order;
            }
        }
        return pages;
    };
    EXPECT_EQ(grown(false), -40 * 16);
    EXPECT_EQ(grown(true), -40 * 16);
}

TEST(Fields, say_of_a_frame_what_the_snapshot_says) {
    BenchOfPanels bench("machine x86_64 { ram = 64M }\na = alloc_pages(GFP_KERNEL, 3)\n");
    const Snapshot snapshot = bench.session.snapshot();
    const Trace& trace = *snapshot.trace;
    Pfn pfn = kNoPfn;
    for (u32 i = 0; i < trace.kept(); ++i) {
        if (trace.kept_event(i).kind == TraceKind::mm_page_alloc) pfn = {trace.kept_event(i).pfn};
    }
    ASSERT_NE(pfn, kNoPfn);
    std::string all;
    for (const Field& field : frame_fields(snapshot, describe_frame(snapshot, pfn + 1)))
        all += std::string(field.name) + "=" + field.value + "\n";
    for (const char* part : {"state=kernel, Unmovable\n", "order=3 (of the block)\n", "block size=8 frames, 32 KiB\n",
                             "taken by=line 3\n", "call=alloc_pages(GFP_KERNEL, 3)\n"}) {
        EXPECT_NE(all.find(part), std::string::npos) << part << " in\n" << all;
    }
}

std::string all_fields(const std::vector<Field>& fields) {
    std::string all;
    for (const Field& field : fields) all += std::string(field.name) + "=" + field.value + "\n";
    return all;
}

TEST(Fields, say_on_which_list_of_which_cpu_a_frame_lies) {
    BenchOfPanels bench("machine x86_64 { ram = 1G; cpus = 2 }\non cpu 1 { a = alloc_page(GFP_KERNEL) }\n");
    const Snapshot snapshot = bench.session.snapshot();
    const Zone& zone = *snapshot.memory().find_zone(ZoneType::dma32, 0);
    const std::vector<Pfn> blocks = blocks_on(snapshot.memory(), Thing::cpu_list(zone.position, 1, 0), 100);
    ASSERT_GT(blocks.size(), 2U);
    const std::string all = all_fields(frame_fields(snapshot, describe_frame(snapshot, blocks[2])));
    for (const char* part : {"state=per-CPU list, Unmovable\n", "flags=0\n", "_refcount=0\n", "on a list=of CPU 1, order 0 Unmovable\n",
                             "place=2 behind the head\n"}) {
        EXPECT_NE(all.find(part), std::string::npos) << part << " in\n" << all;
    }
    EXPECT_EQ(all.find("taken by"), std::string::npos) << all;
    EXPECT_NE(all.find("lru=next " + hex(blocks[3].value) + ", prev " + hex(blocks[1].value)), std::string::npos) << all;
}

TEST(Fields, have_the_words_of_struct_page_and_what_all_of_them_cost) {
    BenchOfPanels bench("machine x86_32 { ram = 1G; kernel = \"2.6\" }\na = alloc_pages(GFP_HIGHUSER, 3)\n");
    const Snapshot snapshot = bench.session.snapshot();
    const Zone& high = *snapshot.memory().find_zone(ZoneType::highmem, 0);
    const Pfn free_head = blocks_on(snapshot.memory(), Thing::list(high.position, {10}, Migratetype::movable), 1).at(0);
    const std::string all = all_fields(frame_fields(snapshot, describe_frame(snapshot, free_head)));
    for (const char* part : {"flags=buddy\n", "private=10\n", "mapping=NULL\n", "index=0\n", "virtual=NULL\n", "mem_map=40 B x "})
        EXPECT_NE(all.find(part), std::string::npos) << part << " in\n" << all;
    const Zone& low = *snapshot.memory().find_zone(ZoneType::normal, 0);
    const Pfn low_head = blocks_on(snapshot.memory(), Thing::list(low.position, {10}, Migratetype::movable), 1).at(0);
    EXPECT_NE(all_fields(frame_fields(snapshot, describe_frame(snapshot, low_head))).find("virtual=0xc"), std::string::npos);
}

TEST(CpuLists, have_the_counters_of_their_kernel) {
    const auto names = [](const char* kernel) {
        BenchOfPanels bench(std::string("machine x86_64 { ram = 64M; kernel = \"") + kernel + "\" }\n");
        const PageAllocator& memory = bench.session.snapshot().memory();
        std::string all;
        for (const NamedNumber& entry : pcp_numbers(memory, memory.zones()[1], 0)) all += std::string(entry.name) + " ";
        return all;
    };
    EXPECT_EQ(names("2.6"), "count high batch vm_stat_diff ");
    EXPECT_EQ(names("6.1"), "count high batch free_factor vm_stat_diff ");
    EXPECT_EQ(names("6.12"), "count high batch high_min high_max free_count alloc_factor vm_stat_diff ");
}

TEST(Palette, shows_frames_on_a_cpus_list_as_pale_as_free_ones) {
    const MapPalette palette = map_palette(theme(ThemeKind::light), {});
    const u8 free = frame_state::free_head(Migratetype::unmovable, {0});
    const u8 listed = frame_state::allocated_head(Migratetype::unmovable, Owner::pcp);
    EXPECT_EQ(palette.cell[listed], palette.cell[free]);
    EXPECT_EQ(palette.outline[listed], palette.outline[free]);
    EXPECT_TRUE((LegendFilter{1 << static_cast<int>(FrameKind::per_cpu), 0}.lets_through(listed)));
    EXPECT_FALSE((LegendFilter{1 << static_cast<int>(FrameKind::free), 0}.lets_through(listed)));
}

}  // namespace
}  // namespace mmscope
