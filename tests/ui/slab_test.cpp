// The slab allocator as the picture shows it: caches, slabs, objects.
#include <gtest/gtest.h>

#include <algorithm>

#include "bench_of_panels.h"
#include "ui/slab_fields.h"

namespace mmscope {
namespace {

constexpr const char* kObjects =
    "machine x86_64 { ram = 64M; cpus = 2; kernel = \"6.12\" }\n"
    "inode = kmem_cache_create(\"inode_cache\", 608, SLAB_RECLAIM_ACCOUNT)\n"
    "repeat 30 { i[] = kmem_cache_alloc(inode, GFP_KERNEL) }\n"
    "repeat 40 { p[] = kmalloc(100, GFP_KERNEL) }\n"
    "for n in 33..36 { kfree(p[n]) }\n";

const CacheView* named(const std::vector<CacheView>& caches, std::string_view name) {
    const auto found = std::find_if(caches.begin(), caches.end(), [&](const CacheView& c) { return c.name == name; });
    return found == caches.end() ? nullptr : &*found;
}

// Of a cache that is there: its first slab with its objects, where there is one.
struct FirstSlab {
    FirstSlab(const Snapshot& snapshot, std::string_view name) {
        const std::vector<CacheView> caches = cache_views(*snapshot.machine);
        const CacheView* const found = named(caches, name);
        EXPECT_NE(found, nullptr) << name;
        if (found == nullptr) return;
        cache = *found;
        slab = slab_views(*snapshot.machine, cache.cache).at(0);
        objects = object_views(*snapshot.machine, slab.slab);
    }
    CacheView cache;
    SlabView slab;
    std::vector<ObjectView> objects;
};

std::string value_of(const std::vector<Field>& fields, std::string_view name) {
    for (const Field& field : fields)
        if (name == field.name) return field.value;
    return "no such field";
}

TEST(SlabFields, sort_caches_by_what_is_asked_for) {
    BenchOfPanels bench(kObjects);
    const Machine& machine = *bench.session.snapshot().machine;
    EXPECT_EQ(sorted_caches(machine, SlabSort::objects).front().name, "kmalloc-128");
    EXPECT_EQ(sorted_caches(machine, SlabSort::pages).front().name, "inode_cache");
    EXPECT_EQ(sorted_caches(machine, SlabSort::name).front().name, "dma-kmalloc-128");
    EXPECT_EQ(sorted_caches(machine, SlabSort::size).front().layout.size, 8192U);
}

TEST(SlabFields, tell_what_a_place_of_128_bytes_loses_when_100_were_asked_for) {
    BenchOfPanels bench(kObjects);
    const Snapshot snapshot = bench.session.snapshot();
    const std::vector<CacheView> caches = cache_views(*snapshot.machine);
    const CacheView* cache = named(caches, "kmalloc-128");
    ASSERT_NE(cache, nullptr);
    EXPECT_EQ(cache->lost_inside, 37U * 28);
    const std::vector<SlabView> slabs = slab_views(*snapshot.machine, cache->cache);
    const std::vector<ObjectView> objects = object_views(*snapshot.machine, slabs.back().slab);
    const std::vector<Field> fields = object_fields(snapshot, objects[0].address);
    EXPECT_EQ(value_of(fields, "asked for"), "100 B");
    EXPECT_EQ(value_of(fields, "place"), "128 B, 28 of them lost");
    EXPECT_EQ(value_of(fields, "got by"), "line 5");
    EXPECT_TRUE(object_fields(snapshot, objects[0].address + 8).empty());
}

std::string free_pointer_of(const std::string& machine) {
    BenchOfPanels bench("machine x86_64 { ram = 64M" + machine +
                        " }\nc = kmem_cache_create(\"thing\", 4096)\nrepeat 8 { o[] = kmem_cache_alloc(c, GFP_KERNEL) }\n"
                        "kmem_cache_free(c, o[6])\nkmem_cache_free(c, o[7])\n");
    const Snapshot snapshot = bench.session.snapshot();
    const std::vector<CacheView> caches = cache_views(*snapshot.machine);
    const CacheView* cache = named(caches, "thing");
    const std::vector<ObjectView> objects = object_views(*snapshot.machine, slab_views(*snapshot.machine, cache->cache)[0].slab);
    return value_of(object_fields(snapshot, objects[7].address), "free pointer") + "|" +
           value_of(object_fields(snapshot, objects[5].address), "free pointer") + "|" +
           value_of(cache_fields(snapshot, cache->cache.value), "random");
}

TEST(SlabFields, tell_what_a_free_object_holds_and_what_it_means) {
    const std::string plain = free_pointer_of("");
    EXPECT_EQ(plain.substr(0, 15), "+2048: 0xffff88") << plain;
    EXPECT_TRUE(plain.ends_with("6000|no such field|no such field")) << plain;
    const std::string hardened = free_pointer_of("; slab_freelist_hardened = 1");
    EXPECT_EQ(hardened.substr(0, 9), "+2048: 0x") << hardened;
    EXPECT_NE(hardened.find(" = 0xffff88"), std::string::npos) << hardened;
    EXPECT_NE(hardened.find("6000 ^ random ^ swab(0xffff88"), std::string::npos) << hardened;
    EXPECT_NE(hardened.find("7800)|no such field|0x"), std::string::npos) << hardened;
}

TEST(SlabFields, write_bytes_in_the_unit_that_fits) {
    EXPECT_EQ(byte_size(0), "0 B");
    EXPECT_EQ(byte_size(1023), "1023 B");
    EXPECT_EQ(byte_size(1536), "1.5 KiB");
    EXPECT_EQ(byte_size(u64{3} << 20), "3 MiB");
}

TEST(SlabPanel, opens_a_cache_and_selects_an_object) {
    BenchOfPanels bench(kObjects, 1440);
    const auto slab_tab = [&] { return bench.app.view().lists == PanelId::slab; };
    const Rect lists = bench.app.tiling()[PanelId::buddy];
    for (float x = lists.x0 + 20; x < lists.x1 && !slab_tab(); x += 24) bench.click(x, lists.y0 + 16);
    ASSERT_TRUE(slab_tab());
    const Rect panel = bench.app.tiling()[PanelId::slab];
    ASSERT_TRUE(bench.point(panel, [](const Thing& thing) { return thing.is(Thing::Kind::cache); }));
    ASSERT_TRUE(bench.point(panel, [](const Thing& thing) { return thing.is(Thing::Kind::object); }));
    bench.click_there();
    EXPECT_TRUE(bench.app.view().selection.selected().is(Thing::Kind::object));
    EXPECT_EQ(bench.app.selected(), kNoPfn);
}

TEST(SlabPanel, rests_on_a_cache_of_many_slabs) {
    BenchOfPanels bench("machine x86_64 { ram = 64M }\nrepeat 100000 { kmalloc(8, GFP_KERNEL) }\n", 1440);
    const Rect lists = bench.app.tiling()[PanelId::buddy];
    for (float x = lists.x0 + 20; x < lists.x1 && bench.app.view().lists != PanelId::slab; x += 24)
        bench.click(x, lists.y0 + 16);
    EXPECT_LT(bench.settle(), 10);
}

// 2.6 has classic slabs, on a desktop and on a phone.
TEST(SlabPanel, opens_a_cache_of_the_classic_slab_and_of_sheaves) {
    for (const char* const machine : {"machine x86_32 { ram = 64M; cpus = 2; kernel = \"2.6\" }\n",
                                      "machine x86_64 { ram = 64M; cpus = 2; kernel = \"7.2\" }\n"})
        for (const float width : {390.0F, 1440.0F}) {
            BenchOfPanels bench(std::string(machine) + "repeat 200 { p[] = kmalloc(100, GFP_KERNEL) }\nkfree(p[3])\n",
                                width);
            const Rect lists = bench.app.tiling()[PanelId::buddy];
            for (float x = lists.x0 + 20; x < lists.x1 && bench.app.view().lists != PanelId::slab; x += 24)
                bench.click(x, lists.y0 + 16);
            EXPECT_LT(bench.settle(), 10);
            if (width < 1000) continue;
            const Rect panel = bench.app.tiling()[PanelId::slab];
            ASSERT_TRUE(bench.point(panel, [](const Thing& thing) { return thing.is(Thing::Kind::cache); }));
            ASSERT_TRUE(bench.point(panel, [](const Thing& thing) { return thing.is(Thing::Kind::object); }));
            bench.click_there();
            EXPECT_TRUE(bench.app.view().selection.selected().is(Thing::Kind::object));
        }
}

constexpr const char* kDebugged =
    "machine x86_64 { ram = 64M; cpus = 2; kernel = \"6.12\"; slab_debug = \"FZPU,thing\" }\n"
    "c = kmem_cache_create(\"thing\", 100)\no = kmem_cache_alloc(c, GFP_KERNEL)\n"
    "p = kmem_cache_alloc(c, GFP_KERNEL)\nkmem_cache_free(c, p)\nmemset(p + 4, 1, 2)\n";

TEST(SlabFields, tell_of_a_poisoned_object_with_its_red_zones_and_what_was_written_into_it) {
    BenchOfPanels bench(kDebugged);
    const Snapshot snapshot = bench.session.snapshot();
    const auto [cache, slab, objects] = FirstSlab(snapshot, "thing");
    ASSERT_FALSE(objects.empty());
    const std::vector<Field> used = object_fields(snapshot, objects[0].address);
    EXPECT_EQ(value_of(used, "state"), "in use");
    EXPECT_EQ(value_of(used, "right red zone"), "4 B of 0xcc");
    EXPECT_EQ(value_of(used, "object"), "100 B");
    const std::vector<Field> free = object_fields(snapshot, objects[1].address);
    EXPECT_EQ(value_of(free, "state"), "free, poisoned");
    EXPECT_EQ(value_of(free, "left red zone"), std::to_string(cache.layout.red_left_pad) + " B of 0xbb");
    EXPECT_EQ(value_of(free, "object"), "100 B of 0x6b, the last 0xa5, 2 B overwritten");
    const std::vector<std::string> lines = object_lines(snapshot, cache, slab, objects[1], 1);
    EXPECT_EQ(std::count(lines.begin(), lines.end(), "right red zone 4 B of 0xbb"), 1);
    EXPECT_EQ(value_of(cache_fields(snapshot, cache.cache.value), "slab_debug"), "FZPU");
}

TEST(SlabPanel, draws_red_zones_and_poison_on_a_desktop_and_on_a_phone) {
    for (const float width : {390.0F, 1440.0F}) {
        BenchOfPanels bench(kDebugged, width);
        ASSERT_TRUE(bench.app.show_panel("slab"));
        EXPECT_LT(bench.settle(), 10);
    }
}

// From a frame of a slab to its objects: by the name of the cache in the inspector, and by the panel that follows.
TEST(SlabPanel, opens_at_the_slab_of_a_selected_frame) {
    BenchOfPanels bench(kObjects, 1440);
    const Snapshot snapshot = bench.session.snapshot();
    const std::vector<CacheView> caches = cache_views(*snapshot.machine);
    const CacheView* cache = named(caches, "kmalloc-128");
    ASSERT_NE(cache, nullptr);
    const Pfn pfn = slab_views(*snapshot.machine, cache->cache)[0].pfn;
    bench.app.select(pfn);
    bench.settle();
    const u32 wanted = cache->cache.value;
    const auto names_cache = [wanted](const Thing& thing) { return thing == Thing::of_cache(wanted); };
    ASSERT_TRUE(bench.point(bench.app.tiling()[PanelId::inspector], names_cache));
    bench.click_there();
    EXPECT_EQ(bench.app.view().lists, PanelId::slab);
    EXPECT_EQ(bench.app.view().cache, wanted);
    EXPECT_EQ(bench.app.selected(), pfn) << "the frame stays selected, and its slab is lit";
    const Thing inode = Thing::of_cache(named(caches, "inode_cache")->cache.value);
    ASSERT_TRUE(bench.point(bench.app.tiling()[PanelId::slab], [&](const Thing& thing) { return thing == inode; }));
    bench.click_there();
    EXPECT_EQ(bench.app.view().cache, inode.cache) << "another one may be opened";
    bench.app.select(pfn);
    bench.settle();
    EXPECT_EQ(bench.app.view().cache, wanted) << "a frame that is selected brings its own";
}

TEST(SlabPanel, opens_from_the_inspector_on_a_phone_too) {
    BenchOfPanels bench(kObjects, 390);
    const Snapshot snapshot = bench.session.snapshot();
    const std::vector<CacheView> caches = cache_views(*snapshot.machine);
    const CacheView* cache = named(caches, "inode_cache");
    ASSERT_NE(cache, nullptr);
    bench.app.select(slab_views(*snapshot.machine, cache->cache).back().pfn);
    bench.settle();
    const Thing meant = Thing::of_cache(cache->cache.value);
    ASSERT_TRUE(bench.point(bench.app.tiling()[PanelId::inspector], [&](const Thing& thing) { return thing == meant; }));
    bench.click_there();
    EXPECT_EQ(bench.app.view().shared, PanelId::slab);
    EXPECT_EQ(bench.app.view().cache, meant.cache);
}

TEST(SlabPanel, brings_the_slab_of_a_selected_frame_into_sight) {
    BenchOfPanels bench("machine x86_64 { ram = 64M }\nrepeat 100000 { kmalloc(64, GFP_KERNEL) }\n", 1440);
    ASSERT_TRUE(bench.app.show_panel("slab"));
    bench.settle();
    const Machine& machine = *bench.session.snapshot().machine;
    const std::vector<CacheView> caches = cache_views(machine);
    const CacheView* cache = named(caches, "kmalloc-64");
    ASSERT_NE(cache, nullptr);
    const SlabView last = slab_views(machine, cache->cache).back();
    bench.app.select(last.pfn);
    bench.settle();
    const auto is_its_object = [&](const Thing& thing) {
        return thing.is(Thing::Kind::object) && thing.pfn == last.pfn;
    };
    EXPECT_TRUE(bench.point(bench.app.tiling()[PanelId::slab], is_its_object));
}

TEST(SlabFields, of_the_classic_slab_name_arrays_colours_and_where_an_object_waits) {
    BenchOfPanels bench(
        "machine x86_32 { ram = 64M; cpus = 2; kernel = \"2.6\" }\np = kmalloc(100, GFP_KERNEL)\nkfree(p)\n");
    const Snapshot snapshot = bench.session.snapshot();
    const std::vector<CacheView> caches = cache_views(*snapshot.machine);
    const CacheView* cache = named(caches, "size-128");
    ASSERT_NE(cache, nullptr);
    const std::vector<Field> fields = cache_fields(snapshot, cache->cache.value);
    EXPECT_EQ(value_of(fields, "limit"), "120");
    EXPECT_EQ(value_of(fields, "batchcount"), "60");
    EXPECT_EQ(value_of(fields, "cpu_slabs"), "no such field");
    EXPECT_NE(value_of(fields, "struct slab").find("on the slab"), std::string::npos);
    const std::vector<QueueView> queues = queue_views(*snapshot.machine, cache->cache);
    EXPECT_EQ(queue_name(queues[0], 1), "CPU 0 array");
    EXPECT_EQ(queue_sentence(queues[0], 1), "CPU 0 array: 16 of at most 120 free objects, filled and flushed by 60");
    const std::vector<SlabView> slabs = slab_views(*snapshot.machine, cache->cache);
    const std::vector<Field> object = object_fields(snapshot, object_views(*snapshot.machine, slabs[0].slab)[0].address);
    EXPECT_EQ(value_of(object, "state"), "free, in an array of CPU 0");
}

}  // namespace
}  // namespace mmscope
