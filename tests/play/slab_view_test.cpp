// What is shown of caches, slabs and objects, and /proc/slabinfo of a machine.
#include "play/slab_view.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "play/proc_files.h"
#include "script_testing.h"

namespace mmscope {
namespace {

using State = ObjectView::State;

// A session at the end of a script on two CPUs.
Session played(const std::string& script, const std::string& kernel = "6.12") {
    Session session;
    const auto failure =
        testing::run_script(session, "machine x86_64 { ram = 64M; cpus = 2; kernel = \"" + kernel + "\" }\n" + script);
    EXPECT_FALSE(failure) << testing::place_and_key(*failure);
    return session;
}

CacheView view_of(const Machine& machine, std::string_view name) {
    for (CacheView& view : cache_views(machine))
        if (view.name == name) return view;
    ADD_FAILURE() << name;
    return {};
}

u32 count(const std::vector<ObjectView>& objects, State state) {
    return static_cast<u32>(
        std::count_if(objects.begin(), objects.end(), [&](const ObjectView& one) { return one.state == state; }));
}

// Slabs of 700-byte objects have 23 on two CPUs (order 2) and 192 bytes behind them.
TEST(SlabView, a_cache_counts_its_slabs_by_list_and_its_losses) {
    const Session session = played(
        "c = kmem_cache_create(\"thing\", 700, SLAB_RECLAIM_ACCOUNT)\nd = kmem_cache_create(\"other\", 697, "
        "SLAB_RECLAIM_ACCOUNT)\nrepeat 60 { o[] = kmem_cache_alloc(c, GFP_KERNEL) }\nkmem_cache_free(c, o[0])");
    const Machine& machine = *session.snapshot().machine;
    const CacheView view = view_of(machine, "thing");
    EXPECT_EQ(view.object_size, 700U);
    EXPECT_EQ(view.layout.size, 704U);
    EXPECT_TRUE(view.is_reclaimable);
    EXPECT_EQ(view.aliases, std::vector<std::string_view>{"other"});
    const u32 per_slab = view.layout.objects;
    EXPECT_EQ(view.counters.slabs, (60 + per_slab - 1) / per_slab);
    EXPECT_EQ(view.counters.used, 59U);
    EXPECT_EQ(view.counters.cpu_partial_slabs, 1U) << "the first one, with its free object";
    EXPECT_EQ(view.full_slabs, view.counters.slabs - 2);
    EXPECT_EQ(view.lost_inside, 59U * 4);
    const u64 slab_bytes = u64{kPageSize} << view.layout.order.value;
    EXPECT_EQ(view.lost_padding, view.counters.slabs * (slab_bytes - per_slab * 704U));
}

TEST(SlabView, kmalloc_loses_what_was_not_asked_for) {
    const Session session =
        played("a = kmalloc(100, GFP_KERNEL)\nb = kmalloc(65, GFP_KERNEL)\nc = kmalloc(128, GFP_KERNEL)");
    const CacheView view = view_of(*session.snapshot().machine, "kmalloc-128");
    EXPECT_TRUE(view.is_kmallocs);
    EXPECT_EQ(view.counters.used, 2U);
    EXPECT_EQ(view.lost_inside, 28U);
    EXPECT_EQ(view_of(*session.snapshot().machine, "kmalloc-96").lost_inside, 31U);
}

TEST(SlabView, slabs_come_by_cpu_and_list_and_add_up) {
    const Session session = played(
        "c = kmem_cache_create(\"thing\", 700)\nrepeat 110 { o[] = kmem_cache_alloc(c, GFP_KERNEL) }\n"
        "on cpu 1 { repeat 5 { p[] = kmem_cache_alloc(c, GFP_KERNEL) }; kmem_cache_free(c, o[0]); kmem_cache_free(c, "
        "o[30]) }");
    const Machine& machine = *session.snapshot().machine;
    const CacheView cache = view_of(machine, "thing");
    const std::vector<SlabView> slabs = slab_views(machine, cache.cache);
    ASSERT_EQ(slabs.size(), cache.counters.slabs);
    u32 used = 0;
    for (const SlabView& slab : slabs) used += slab.used;
    EXPECT_EQ(used, 113U);
    EXPECT_EQ(slabs[0].list, SlabList::cpu);
    EXPECT_EQ(slabs[0].cpu, 0U);
    EXPECT_EQ(slabs[1].list, SlabList::cpu);
    EXPECT_EQ(slabs[1].cpu, 1U);
    EXPECT_EQ(slabs[2].list, SlabList::cpu_partial);
    EXPECT_EQ(slabs[2].cpu, 1U) << "who frees the first object of a full slab keeps it";
    EXPECT_EQ(slabs[3].list, SlabList::cpu_partial);
    EXPECT_EQ(slabs[4].list, SlabList::full);
    EXPECT_EQ(slabs[4].cpu, kNoCpu);
}

TEST(SlabView, objects_show_who_has_them_and_how_the_free_ones_are_linked) {
    const Session session = played(
        "c = kmem_cache_create(\"thing\", 1000)\nrepeat 5 { o[] = kmem_cache_alloc(c, GFP_KERNEL) }\n"
        "kmem_cache_free(c, o[1])\non cpu 1 { kmem_cache_free(c, o[2]); kmem_cache_free(c, o[3]) }");
    const Machine& machine = *session.snapshot().machine;
    const std::vector<SlabView> slabs = slab_views(machine, view_of(machine, "thing").cache);
    ASSERT_EQ(slabs.size(), 1U);
    const std::vector<ObjectView> objects = object_views(machine, slabs[0].slab);
    ASSERT_EQ(objects.size(), slabs[0].objects);
    EXPECT_EQ(objects[0].state, State::used);
    EXPECT_EQ(objects[0].call, 2U) << "the second command got it";
    EXPECT_EQ(objects[0].requested, 1000U);
    EXPECT_EQ(objects[1].state, State::cpu_free);
    EXPECT_EQ(objects[1].next, 5U) << "it lies before those that were never given";
    EXPECT_EQ(objects[3].state, State::remotely_freed);
    EXPECT_EQ(objects[3].next, 2U);
    EXPECT_EQ(objects[2].next, kEndOfList);
    EXPECT_EQ(objects[1].address - objects[0].address, 1000U);
    EXPECT_EQ(count(objects, State::used), slabs[0].used);
}

TEST(SlabView, sheaves_keep_objects_of_their_own) {
    const Session session = played("c = kmem_cache_create(\"thing\", 100)\no = kmem_cache_alloc(c, GFP_KERNEL)", "7.2");
    const Machine& machine = *session.snapshot().machine;
    const CacheView cache = view_of(machine, "thing");
    EXPECT_EQ(cache.sheaf_objects, cache.layout.sheaf_capacity - 1U);
    u32 in_sheaves = 0;
    for (const SlabView& slab : slab_views(machine, cache.cache))
        in_sheaves += count(object_views(machine, slab.slab), State::in_sheaf);
    EXPECT_EQ(in_sheaves, cache.sheaf_objects);
}

TEST(SlabView, a_frame_knows_its_slab) {
    const Session session = played("p = kmalloc(2000, GFP_KERNEL)\nq = alloc_page(GFP_KERNEL)");
    const Snapshot snapshot = session.snapshot();
    const Pfn pfn{static_cast<u32>(session.evaluate("pfn(virt_to_page(p))")->number)};
    for (const Pfn frame : {pfn, pfn + 1}) {
        const FrameInfo info = describe_frame(snapshot, frame);
        ASSERT_TRUE(info.slab);
        EXPECT_EQ(info.slab->cache, "kmalloc-2k");
        EXPECT_EQ(info.slab->slab.used, 1U);
        EXPECT_EQ(info.slab->slab.cpu, 0U);
        EXPECT_EQ(info.call_text, "kmalloc(2000, GFP_KERNEL)");
    }
    EXPECT_FALSE(describe_frame(snapshot, {static_cast<u32>(session.evaluate("pfn(q)")->number)}).slab);
}

// What 6.1's and 6.12's slabinfo have at their ends, above kmem_cache_node and kmem_cache.
TEST(SlabView, slabinfo_has_the_newest_cache_first_and_kmallocs_in_the_order_of_the_kernel) {
    const auto names = [](const Session& session) {
        std::vector<std::string> found;
        for (const SlabInfo::Row& row : slabinfo_of(*session.snapshot().machine).rows) found.push_back(row.name);
        return found;
    };
    const std::vector<std::string> late = names(played("kmem_cache_create(\"a\", 100)\nkmem_cache_create(\"b\", 200)"));
    ASSERT_EQ(late.size(), 54U);
    EXPECT_EQ(late[0], "b");
    EXPECT_EQ(late[1], "a");
    EXPECT_EQ(late[2], "kmalloc-cg-8k");
    EXPECT_EQ(late[13], "kmalloc-cg-192");
    EXPECT_EQ(late[15], "dma-kmalloc-8k");
    EXPECT_EQ(late[53], "kmalloc-96");
    const std::vector<std::string> early = names(played("", "6.1"));
    EXPECT_EQ(early[0], "dma-kmalloc-8k");
    EXPECT_EQ(early[6], "dma-kmalloc-192");
    EXPECT_EQ(early[13], "kmalloc-rcl-8k");
    EXPECT_EQ(early[51], "kmalloc-8");
}

TEST(SlabView, slabinfo_counts_as_the_kernel_does) {
    const Session session = played("repeat 40 { p[] = kmalloc(1000, GFP_KERNEL) }");
    const std::string text = *session.proc_text("slabinfo");
    EXPECT_NE(text.find("kmalloc-1k            48     48   1024   16    4 : tunables    0    0    0 : slabdata      3  "
                        "    3      0\n"),
              std::string::npos)
        << text;
}

TEST(SlabView, zoneinfo_counts_the_pages_of_slabs_by_node) {
    Session session;
    ASSERT_FALSE(
        testing::run_script(session,
                            "machine x86_64 { ram = 128M; cpus = 2; nodes = 2 }\np = kmalloc(20000, GFP_KERNEL)\n"
                            "on cpu 1 { q = kmalloc(10, GFP_KERNEL | __GFP_RECLAIMABLE) }"));
    const ZoneInfo info = zoneinfo_of(*session.snapshot().machine);
    std::string counts;
    for (const ZoneInfo::Entry& entry : info.zones)
        for (const ZoneInfo::Counter& stat : entry.node_stats)
            if (stat.name.starts_with("nr_slab_"))
                counts += std::to_string(entry.node) + " " + stat.name + " " + std::to_string(stat.value) + "\n";
    EXPECT_EQ(
        counts,
        "0 nr_slab_reclaimable 0\n0 nr_slab_unreclaimable 8\n1 nr_slab_reclaimable 1\n1 nr_slab_unreclaimable 0\n");
}

// 2.6 on two CPUs: objects of 256 bytes, 15 in a slab of a page, whose struct slab stands on it. The array of a CPU
// has a limit of 120 objects, and takes 16 the first time.
Session played_classic(const std::string& script) {
    return played("c = kmem_cache_create(\"thing\", 256, SLAB_HWCACHE_ALIGN)\n" + script, "2.6");
}

TEST(ClassicSlabView, a_cache_counts_its_slabs_by_list_and_says_how_arrays_and_colours_are) {
    const Session session = played_classic("repeat 20 { o[] = kmem_cache_alloc(c, GFP_KERNEL) }");
    const Machine& machine = *session.snapshot().machine;
    const CacheView view = view_of(machine, "thing");
    ASSERT_TRUE(view.classic);
    EXPECT_EQ(view.layout.objects, 15U);
    EXPECT_EQ(view.counters.used, 20U);
    EXPECT_EQ(view.counters.slabs, view.full_slabs + view.counters.partial + view.free_slabs);
    EXPECT_EQ(view.classic->limit, 120U);
    EXPECT_EQ(view.classic->batchcount, 60U);
    EXPECT_EQ(view.classic->shared, 8U);
    EXPECT_EQ(view.classic->colour_off, 64U);
    EXPECT_FALSE(view.classic->is_off_slab);
    EXPECT_EQ(cache_views(machine).back().name, "size-32") << "the oldest last";
}

TEST(ClassicSlabView, arrays_are_queues_before_the_slabs) {
    const Session session = played_classic("repeat 20 { o[] = kmem_cache_alloc(c, GFP_KERNEL) }");
    const Machine& machine = *session.snapshot().machine;
    const std::vector<QueueView> queues = queue_views(machine, view_of(machine, "thing").cache);
    ASSERT_EQ(queues.size(), 3U);
    EXPECT_EQ(queues[0].kind, QueueView::Kind::array);
    EXPECT_EQ(queues[0].cpu, 0U);
    EXPECT_EQ(queues[0].limit, 120U);
    EXPECT_EQ(queues[0].batchcount, 60U);
    EXPECT_EQ(queues[1].held, 0U) << "CPU 1 did nothing";
    EXPECT_EQ(queues[2].kind, QueueView::Kind::shared);
    EXPECT_EQ(queues[2].limit, 480U);
    const ClassicCounters counters = machine.heap().classic().counters(view_of(machine, "thing").cache);
    EXPECT_EQ(queues[0].held + 20, counters.active_objects);
}

TEST(ClassicSlabView, objects_are_used_in_an_array_or_on_the_chain_and_come_behind_colour_and_struct_slab) {
    const Session session = played_classic(
        "repeat 20 { o[] = kmem_cache_alloc(c, GFP_KERNEL) }\non cpu 1 { p = kmem_cache_alloc(c, GFP_KERNEL) }");
    const Machine& machine = *session.snapshot().machine;
    const CacheView view = view_of(machine, "thing");
    const std::vector<SlabView> slabs = slab_views(machine, view.cache);
    ASSERT_EQ(slabs.size(), view.counters.slabs);
    u32 used = 0, of_cpu[2] = {}, chained = 0;
    for (const SlabView& slab : slabs) {
        EXPECT_EQ(slab.first_byte - slab.colour_bytes, view.classic->management);
        EXPECT_EQ(slab.colour_bytes % view.classic->colour_off, 0U);
        const std::vector<ObjectView> objects = object_views(machine, slab.slab);
        EXPECT_EQ(objects[0].address, (u64{slab.pfn.value} << kPageShift) + slab.first_byte);
        EXPECT_EQ(count(objects, State::used), slab.used);
        EXPECT_EQ(slab.list, slab.inuse == 0 ? SlabList::free : slab.inuse == 15 ? SlabList::full : SlabList::partial);
        used += slab.used;
        chained += count(objects, State::free);
        for (const ObjectView& object : objects)
            if (object.state == State::in_array) ++of_cpu[object.cpu];
    }
    const std::vector<QueueView> queues = queue_views(machine, view.cache);
    EXPECT_EQ(used, 21U);
    EXPECT_EQ(of_cpu[0], queues[0].held);
    EXPECT_EQ(of_cpu[1], queues[1].held);
    EXPECT_EQ(used + of_cpu[0] + of_cpu[1] + chained, view.counters.total_objects);
}

TEST(ClassicSlabView, slabs_of_the_next_colour_begin_a_line_further_on) {
    const Session session = played_classic("repeat 100 { o[] = kmem_cache_alloc(c, GFP_KERNEL) }");
    const Machine& machine = *session.snapshot().machine;
    const CacheView view = view_of(machine, "thing");
    ASSERT_GT(view.classic->colour, 1U);
    std::vector<u32> colours;
    for (const SlabView& slab : slab_views(machine, view.cache)) colours.push_back(slab.colour_bytes);
    std::sort(colours.begin(), colours.end());
    EXPECT_EQ(colours.front(), 0U);
    EXPECT_EQ(colours.back(), (view.classic->colour - 1) * view.classic->colour_off);
}

TEST(ClassicSlabView, a_frame_of_a_slab_knows_its_cache) {
    const Session session = played_classic("o = kmem_cache_alloc(c, GFP_KERNEL)");
    const Machine& machine = *session.snapshot().machine;
    const SlabView slab = slab_views(machine, view_of(machine, "thing").cache)[0];
    const auto found = slab_of(machine, slab.pfn);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->cache, "thing");
    EXPECT_EQ(found->slab.slab, slab.slab);
    EXPECT_FALSE(slab_of(machine, {1}));
}

TEST(SheafView, main_and_spare_of_each_cpu_and_the_barn_are_queues) {
    const Session session = played(
        "c = kmem_cache_create(\"thing\", 64)\nrepeat 300 { o[] = kmem_cache_alloc(c, GFP_KERNEL) }\n"
        "for one in o { kmem_cache_free(c, one) }", "7.2");
    const Machine& machine = *session.snapshot().machine;
    const CacheView view = view_of(machine, "thing");
    u32 kinds[6] = {};
    u32 held = 0;
    for (const QueueView& queue : queue_views(machine, view.cache)) {
        ++kinds[static_cast<u32>(queue.kind)];
        const bool is_of_objects =
            queue.kind == QueueView::Kind::main_sheaf || queue.kind == QueueView::Kind::spare_sheaf;
        held += is_of_objects ? queue.held : queue.kind == QueueView::Kind::full_sheaves ? queue.held * 60 : 0;
        EXPECT_EQ(queue.limit, is_of_objects ? 60U : 10U);
    }
    EXPECT_EQ(kinds[static_cast<u32>(QueueView::Kind::main_sheaf)], 1U) << "CPU 1 has used nothing";
    EXPECT_EQ(kinds[static_cast<u32>(QueueView::Kind::spare_sheaf)], 1U);
    EXPECT_EQ(kinds[static_cast<u32>(QueueView::Kind::full_sheaves)], 1U);
    EXPECT_EQ(held, view.sheaf_objects);
    EXPECT_TRUE(queue_views(*played("", "6.12").snapshot().machine, {0}).empty()) << "SLUB has no queues";
}

}  // namespace
}  // namespace mmscope
