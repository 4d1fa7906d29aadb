// /proc/slabinfo becomes caches with as many slabs and objects, alone or beside the other files.
#include <gtest/gtest.h>

#include "play/import.h"
#include "play/imported_slabs.h"
#include "play/proc_memory.h"
#include "procfs/proc_texts.h"
#include "script_testing.h"

namespace mmscope {
namespace {

using test::kBuddyInfo;
using test::kPageTypeInfo;
using test::kZoneInfo;
using testing::place_and_key;

const std::string kHead = "slabinfo - version: 2.1\n# name <active_objs> <num_objs> ...\n";
const std::string kCaches =
    "radix_tree_node      343    399    584   14    2 : tunables    0    0    0 : slabdata     29     29      0\n"
    "task_struct           59     72   8448    3    8 : tunables    0    0    0 : slabdata     24     24      0\n"
    "dma-kmalloc-96         2     42     96   42    1 : tunables    0    0    0 : slabdata      1      1      0\n"
    "kmalloc-64          1249   1280     64   64    1 : tunables    0    0    0 : slabdata     20     20      0\n"
    "kmem_cache             0      0    256   16    1 : tunables    0    0    0 : slabdata      0      0      0\n";
const std::string kSlabInfo = kHead + kCaches;
const std::string kMemory = kZoneInfo + kBuddyInfo + kPageTypeInfo;

Machine machine_of(const std::string& text, u64 seed = 1) {
    MachineSpec spec;
    spec.seed = seed;
    spec.import_text = text;
    auto machine = Machine::build(spec);
    EXPECT_TRUE(machine) << (machine ? "" : machine.error().message.key);
    return machine ? *std::move(machine) : Machine();
}

std::string import_error(const std::string& text) {
    const auto imported = read_import(text);
    return imported ? "" : place_and_key(imported.error());
}

std::string rows_of(const Machine& machine) {
    const std::string text = print_slabinfo(slabinfo_of(machine));
    return text.substr(text.find('\n', text.find('\n') + 1) + 1);
}

bool has_note(const Machine& machine, std::string_view key) {
    for (const Message& note : machine.import()->notes)
        if (note.key == key) return true;
    return false;
}

TEST(ImportedSlabs, alone_make_a_machine_of_the_defaults_with_those_caches) {
    const Machine machine = machine_of(kSlabInfo);
    EXPECT_EQ(rows_of(machine), kCaches);
    EXPECT_EQ(machine.check(), "");
    EXPECT_EQ(machine.kernel(), "6.12");
    EXPECT_EQ(machine.memory().frames().frames(), 262144U);
    EXPECT_TRUE(has_note(machine, "import.note_slab_machine"));
    EXPECT_TRUE(has_note(machine, "import.note_slab_places"));
    const u64 pages = 28 * 2 + 1 + 24 * 8 + 1 + 20;
    EXPECT_EQ(machine.memory().vmstat(VmCounter::nr_slab_reclaimable), 28U * 2 + 1);
    EXPECT_EQ(meminfo_of(machine).value("Slab"), pages * 4);
}

TEST(ImportedSlabs, beside_buddyinfo_lie_on_frames_that_are_in_use) {
    const Machine with = machine_of(kMemory + kSlabInfo);
    const Machine without = machine_of(kMemory);
    EXPECT_EQ(with.check(), "");
    EXPECT_EQ(rows_of(with), kCaches);
    EXPECT_EQ(print_buddyinfo(buddyinfo_of(with)), kBuddyInfo);
    EXPECT_EQ(print_pagetypeinfo(pagetypeinfo_of(with)), kPageTypeInfo);
    EXPECT_EQ(print_zoneinfo(zoneinfo_of(with)), kZoneInfo);
    EXPECT_EQ(print_meminfo(meminfo_of(with)), print_meminfo(meminfo_of(without)));
    EXPECT_FALSE(has_note(with, "import.note_slab_machine"));
    u64 of_slabs = 0;
    for (const Slab& slab : with.heap().slab().slabs()) {
        for (u32 frame = 0; frame < 1U << slab.order; ++frame) {
            const u8 before = without.memory().frames().state(slab.pfn + frame);
            EXPECT_TRUE(frame_state::is_allocated(before));
            ++of_slabs;
        }
    }
    EXPECT_EQ(of_slabs, 28U * 2 + 1 + 24 * 8 + 1 + 20);
}

TEST(ImportedSlabs, of_dma_caches_lie_in_zone_dma) {
    const Machine machine = machine_of(kMemory + kSlabInfo);
    const SlabAllocator& slabs = machine.heap().slab();
    for (const Slab& slab : slabs.slabs()) {
        const bool is_dma = slabs.caches()[slab.cache].name == "dma-kmalloc-96";
        EXPECT_EQ(machine.memory().zone_of(slab.pfn)->type == ZoneType::dma, is_dma);
    }
}

TEST(ImportedSlabs, are_the_seeds_and_nothing_else_hangs_on_it) {
    const std::string text = kMemory + kSlabInfo;
    EXPECT_EQ(machine_of(text, 1).state_hash(), machine_of(text, 1).state_hash());
    EXPECT_NE(machine_of(text, 1).state_hash(), machine_of(text, 2).state_hash());
    EXPECT_EQ(rows_of(machine_of(text, 2)), kCaches);
}

TEST(ImportedSlabs, that_had_fewer_objects_are_of_the_smaller_order) {
    const Machine machine = machine_of(kSlabInfo);
    u32 small = 0;
    const CacheId cache = machine.heap().slab().find("radix_tree_node");
    for (const SlabView& slab : slab_views(machine, cache)) {
        small += slab.order.value == 0 ? 1 : 0;
        EXPECT_EQ(slab.objects, slab.order.value == 0 ? 7U : 14U);
    }
    EXPECT_EQ(small, 1U);
}

TEST(ImportedSlabs, whose_counts_fit_no_slabs_are_taken_as_nearly_as_they_do) {
    const Machine machine = machine_of(
        kHead + "thing 3 15 256 16 1 : tunables 0 0 0 : slabdata 1 1 0\n");
    EXPECT_TRUE(has_note(machine, "import.note_slab_objects"));
    EXPECT_EQ(slabinfo_of(machine).rows[0].num_objs, 16U);
    EXPECT_EQ(slabinfo_of(machine).rows[0].active_objs, 3U);
}

TEST(ImportedSlabs, give_objects_to_a_script_and_take_them_back) {
    Session session;
    const std::string script = "machine from text <<END\n" + kMemory + kSlabInfo + "END\n" +
                               "c = cache(\"radix_tree_node\")\n"
                               "expect used_objs(c) == 343\n"
                               "repeat 100 { o[] = kmem_cache_alloc(c, GFP_KERNEL) }\n"
                               "expect used_objs(c) == 443\n"
                               "expect slabs(c) == 33 \"56 were free, and 44 need four slabs\"\n"
                               "p = kmalloc(60, GFP_KERNEL)\n"
                               "for one in o { kmem_cache_free(c, one) }\n"
                               "kfree(p)\n"
                               "kmem_cache_shrink(c)\n"
                               "expect used_objs(c) == 343\n"
                               "t = cache(\"task_struct\")\nkmem_cache_destroy(t)\nexpect used_objs(t) == 59\n";
    const auto failure = testing::run_script(session, script);
    EXPECT_FALSE(failure) << place_and_key(*failure);
    EXPECT_EQ(session.snapshot().machine->check(), "");
}

TEST(ImportedSlabs, of_kmalloc_are_still_kmallocs) {
    const std::string script = "machine from text <<END\n" + kSlabInfo + "END\n";
    EXPECT_EQ(testing::outcome(script + "kmem_cache_alloc(cache(\"kmalloc-64\"), GFP_KERNEL)\n"), "10:1 error.kmalloc_cache");
    EXPECT_EQ(testing::outcome(script + "p = kmalloc(60, GFP_KERNEL)\nexpect used_objs(cache(\"kmalloc-64\")) == 1250\n"), "");
}

TEST(ImportedSlabs, come_back_with_every_step_back) {
    Session session = testing::loaded("machine from text <<END\n" + kMemory + kSlabInfo + "END\n" +
                                      "c = cache(\"radix_tree_node\")\n"
                                      "repeat 60 { o[] = kmem_cache_alloc(c, GFP_KERNEL) }\n"
                                      "for one in o { kmem_cache_free(c, one) }\nkmem_cache_shrink(c)\n");
    std::vector<u64> hashes;
    for (u32 step = 0; step <= 121; ++step) {
        testing::seek(session, step);
        hashes.push_back(session.state_hash());
    }
    for (u32 step = 121; step-- != 0;) {
        testing::seek(session, step);
        ASSERT_EQ(session.state_hash(), hashes[step]) << step;
    }
    EXPECT_EQ(rows_of(*session.snapshot().machine), kCaches);
}

TEST(ImportedSlabs, a_million_objects_are_read_and_keep_history_within_its_budget) {
    const std::string row =
        "thing 999000 1000000 64 64 1 : tunables 0 0 0 : slabdata 15625 15625 0\n";
    SessionLimits limits;
    Session session = testing::loaded("machine from text <<END\n" + kHead + row + "END\n" +
                                          "c = cache(\"thing\")\nrepeat 3000 { o[] = kmem_cache_alloc(c, GFP_KERNEL) }\n",
                                      limits);
    session.run();
    testing::work_to_the_end(session);
    EXPECT_EQ(session.snapshot().machine->heap().counters(session.snapshot().machine->heap().slab().find("thing")).used,
              1002000U);
    EXPECT_EQ(session.snapshot().machine->check(), "");
    testing::seek(session, 0);
    EXPECT_EQ(slabinfo_of(*session.snapshot().machine).rows[0].active_objs, 999000U);
    EXPECT_LE(session.history_bytes(), limits.history_bytes);
}

TEST(ImportedSlabs, that_cannot_be_are_refused_where_they_stand) {
    const auto cut = kSlabInfo.substr(0, kSlabInfo.find("1249   1280") + 20);
    EXPECT_EQ(import_error(cut), "6:39 proc.slabinfo_cut");
    EXPECT_EQ(import_error(kMemory + "slabinfo - version: 1.1\nkmem_cache 59 78 100 2 2 1\n"),
              "104:21 proc.slabinfo_version");
    EXPECT_EQ(import_error(kHead + "thing many 16 256 16 1 : tunables 0 0 0 : slabdata 1 1 0\n"), "1:1 proc.no_cache");
    EXPECT_EQ(import_error(kHead + "thing 1 lots 256 16 1 : tunables 0 0 0 : slabdata 1 1 0\n"), "3:9 proc.number_expected");
    EXPECT_EQ(import_error(kHead + "thing 1 16 256 16 3 : tunables 0 0 0 : slabdata 1 1 0\n"), "3:1 proc.slab_layout");
    EXPECT_EQ(import_error(kSlabInfo + std::string("\0\1\2", 3) + "\n"), "8:1 proc.binary");
    EXPECT_EQ(import_error(kSlabInfo + "$ cat zoneinfo\n" + kBuddyInfo), "0:0 import.needs_zoneinfo");
    EXPECT_EQ(import_error(kHead + "thing 1 99999984 256 16 1 : tunables 0 0 0 : slabdata 6249999 6249999 0\n"),
              "1:1 import.slabs_too_many");
}

TEST(ImportedSlabs, for_which_no_used_frames_are_left_are_refused) {
    MachineSpec spec;
    spec.import_text = kMemory + kHead + "thing 0 1600000 256 16 1 : tunables 0 0 0 : slabdata 100000 100000 0\n";
    const auto machine = Machine::build(spec);
    ASSERT_FALSE(machine);
    EXPECT_EQ(machine.error().message.key, "import.slabs_do_not_fit");
}

TEST(FreeBySlab, gives_away_every_free_object_and_no_more_than_a_slab_has) {
    Prng prng(7);
    for (u32 round = 0; round < 2000; ++round) {
        ImportedCache cache;
        cache.layout.objects = static_cast<u16>(2 + prng.below(64));
        cache.layout.min_objects = static_cast<u16>(1 + prng.below(cache.layout.objects));
        cache.slabs = prng.below(20);
        cache.small_slabs = prng.below(3);
        const u32 all = cache.slabs * cache.layout.objects + cache.small_slabs * cache.layout.min_objects;
        cache.free = prng.below(all + 1);
        u32 sum = 0;
        const std::vector<u32> free = free_by_slab(cache, prng);
        ASSERT_EQ(free.size(), cache.all_slabs());
        for (u32 slab = 0; slab < free.size(); ++slab) {
            ASSERT_LE(free[slab], cache.objects_of(slab)) << "round " << round;
            sum += free[slab];
        }
        ASSERT_EQ(sum, cache.free) << "round " << round;
    }
}

}  // namespace
}  // namespace mmscope
