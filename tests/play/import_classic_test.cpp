// A slabinfo of kernel 2.6 becomes a machine with the classic SLAB: its arrays, its lists and its counts.
#include <gtest/gtest.h>

#include <algorithm>

#include "play/import.h"
#include "play/imported_classic.h"
#include "play/proc_files.h"
#include "play/slab_view.h"
#include "procfs/proc_texts.h"
#include "script_testing.h"
#include "sentences.h"

namespace mmscope {
namespace {

using testing::place_and_key;

const std::string kHead =
    "slabinfo - version: 2.1\n"
    "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> "
    "<sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n";
// Of a 2.6.32 on x86_64 with several CPUs, and of one on 32 bits with one.
const std::string kCaches =
    "ext3_inode_cache    3100   3110    760    5    1 : tunables   54   27    8 : slabdata    622    622      0\n"
    "buffer_head        12410  12765    104   37    1 : tunables  120   60    8 : slabdata    345    345     60\n"
    "radix_tree_node     1330   1407    552    7    1 : tunables   54   27    8 : slabdata    201    201      0\n"
    "shmem_inode_cache    480    485    800    5    1 : tunables   54   27    8 : slabdata     97     97      0\n"
    "task_struct          131    141   2656    3    2 : tunables   24   12    8 : slabdata     46     47      0\n"
    "dentry              6212   6400    192   20    1 : tunables  120   60    8 : slabdata    318    320    120\n"
    "size-131072(DMA)       0      0 131072    1   32 : tunables    8    4    0 : slabdata      0      0      0\n"
    "size-131072            0      0 131072    1   32 : tunables    8    4    0 : slabdata      0      0      0\n"
    "size-2048(DMA)         0      0   2048    2    1 : tunables   24   12    8 : slabdata      0      0      0\n"
    "size-2048            310    330   2048    2    1 : tunables   24   12    8 : slabdata    165    165      0\n"
    "size-512             540    576    512    8    1 : tunables   54   27    8 : slabdata     70     72     27\n"
    "size-128            1340   1500    128   30    1 : tunables  120   60    8 : slabdata     50     50      0\n"
    "size-64             3120   3304     64   59    1 : tunables  120   60    8 : slabdata     56     56     30\n"
    "size-32(DMA)           0      0     32  112    1 : tunables  120   60    8 : slabdata      0      0      0\n"
    "size-32             6650   6720     32  112    1 : tunables  120   60    8 : slabdata     60     60      0\n"
    "kmem_cache           160    160    192   20    1 : tunables  120   60    8 : slabdata      8      8      0\n";
const std::string kCaches32 =
    "ext3_inode_cache     812    840    464    8    1 : tunables   54   27    0 : slabdata    104    105      0\n"
    "dentry              2900   2958    132   29    1 : tunables  120   60    0 : slabdata    101    102      0\n"
    "size-512             312    320    512    8    1 : tunables   54   27    0 : slabdata     39     40      0\n"
    "size-64             1121   1121     64   59    1 : tunables  120   60    0 : slabdata     19     19      0\n"
    "size-32             2101   2147     32  113    1 : tunables  120   60    0 : slabdata     19     19      0\n";

Machine machine_of(const std::string& text, u64 seed = 1) {
    MachineSpec spec;
    spec.seed = seed;
    spec.import_text = text;
    auto machine = Machine::build(spec);
    EXPECT_TRUE(machine) << (machine ? "" : machine.error().message.key);
    for (const Message& note : machine->import()->notes) testing::expect_sentence(note);
    return machine ? *std::move(machine) : Machine();
}

std::string import_error(const std::string& rows) {
    const auto imported = read_import(kHead + rows);
    if (imported) return "";
    testing::expect_sentence(imported.error().message);
    return place_and_key(imported.error());
}

bool has_note(const Machine& machine, std::string_view key) {
    for (const Message& note : machine.import()->notes)
        if (note.key == key) return true;
    return false;
}

const ClassicCache& cache_of(const Machine& machine, std::string_view name) {
    const ClassicSlabAllocator& classic = machine.heap().classic();
    return classic.cache(classic.find(name));
}

TEST(ImportedClassic, is_printed_back_byte_for_byte) {
    for (const std::string& rows : {kCaches, kCaches32}) {
        for (const u64 seed : {1, 2}) {
            const Machine machine = machine_of(kHead + rows, seed);
            EXPECT_EQ(print_slabinfo(slabinfo_of(machine)), kHead + rows);
            EXPECT_EQ(machine.check(), "");
            EXPECT_FALSE(machine.heap().has_slub());
        }
    }
    EXPECT_NE(machine_of(kHead + kCaches, 1).state_hash(), machine_of(kHead + kCaches, 2).state_hash());
    EXPECT_EQ(machine_of(kHead + kCaches, 1).state_hash(), machine_of(kHead + kCaches, 1).state_hash());
}

TEST(ImportedClassic, tells_the_architecture_and_whether_there_are_several_cpus) {
    const Machine wide = machine_of(kHead + kCaches), narrow = machine_of(kHead + kCaches32);
    EXPECT_EQ(wide.kernel(), "2.6");
    EXPECT_EQ(wide.memory().arch(), Arch::x86_64);
    EXPECT_EQ(wide.memory().cpus(), 2U);
    EXPECT_EQ(narrow.memory().arch(), Arch::x86_32) << "113 objects of 32 bytes in a page";
    EXPECT_EQ(narrow.memory().cpus(), 1U);
    for (const char* note : {"import.note_slab_classic", "import.note_slab_machine", "import.note_slab_places"})
        EXPECT_TRUE(has_note(wide, note)) << note;
    EXPECT_FALSE(has_note(wide, "import.note_slab_arrays"));
}

TEST(ImportedClassic, has_the_arrays_lists_and_colours_of_its_rows) {
    const Machine machine = machine_of(kHead + kCaches);
    const ClassicCache& dentry = cache_of(machine, "dentry");
    EXPECT_EQ(dentry.layout.limit, 120U);
    EXPECT_EQ(dentry.layout.batchcount, 60U);
    EXPECT_EQ(dentry.shared.limit, 480U);
    EXPECT_EQ(dentry.shared.objects.size(), 120U);
    EXPECT_EQ(dentry.used, 6212U - 120);
    EXPECT_EQ(dentry.lists[static_cast<u32>(ClassicPlace::free) - 1].slabs, 2U);
    EXPECT_EQ(dentry.free_limit, 3U * 60 + 20);
    EXPECT_EQ(dentry.layout.management, 128U);
    EXPECT_FALSE(dentry.layout.is_off_slab);
    EXPECT_EQ(dentry.layout.colour, (4096U - 20 * 192 - 128) / 64);
    EXPECT_TRUE(cache_of(machine, "size-512").layout.is_off_slab);
    EXPECT_NE(dentry.spec.flags & slab_flag::kReclaimAccount, 0U);
    EXPECT_EQ(machine.memory().vmstat(VmCounter::nr_slab_reclaimable), 622U + 345 + 201 + 320);
}

TEST(ImportedClassic, finds_management_among_the_objects_of_general_caches) {
    const Machine machine = machine_of(kHead + kCaches);
    const ClassicSlabAllocator& classic = machine.heap().classic();
    const CacheId of = classic.find("size-512");
    std::vector<u64> found;
    for (const ClassicSlab& slab : classic.slabs()) {
        if (slab.place == ClassicPlace::unused || slab.cache != of.value) continue;
        EXPECT_EQ(classic.cache_of(slab.management), classic.find("size-128"));
        found.push_back(slab.management.value);
    }
    EXPECT_EQ(found.size(), 72U);
    std::sort(found.begin(), found.end());
    EXPECT_EQ(std::unique(found.begin(), found.end()), found.end());
}

TEST(ImportedClassic, without_its_general_caches_does_not_know_where_management_lies) {
    const std::string row =
        "size-512             540    576    512    8    1 : tunables   54   27    8 : slabdata     70     72     27\n";
    Session session;
    const auto failure = testing::run_script(
        session, "machine from text <<END\n" + kHead + row + "END\nkmem_cache_shrink(cache(\"size-512\"))\n" +
                     "expect slabs(cache(\"size-512\")) == 70\nexpect num_objs(cache(\"size-128\")) == 0\n");
    EXPECT_FALSE(failure) << place_and_key(*failure);
    EXPECT_EQ(session.snapshot().machine->check(), "");
    EXPECT_EQ(slabinfo_of(*session.snapshot().machine).rows.size(), 1U) << "the others have no slab yet";
}

TEST(ImportedClassic, gives_objects_to_a_script_and_takes_them_back) {
    Session session;
    const std::string script = "machine from text <<END\n" + kHead + kCaches + "END\n" +
                               "c = cache(\"dentry\")\n"
                               "expect used_objs(c) == 6092\n"
                               "repeat 400 { o[] = kmem_cache_alloc(c, GFP_KERNEL) }\n"
                               "expect used_objs(c) == 6492\n"
                               "p = kmalloc(60, GFP_KERNEL)\n"
                               "expect used_objs(cache(\"size-64\")) == 3091 \"it is the imported cache\"\n"
                               "for one in o { kmem_cache_free(c, one) }\n"
                               "kfree(p)\ntick(20)\nkmem_cache_shrink(c)\n"
                               "expect used_objs(c) == 6092\n"
                               "t = cache(\"task_struct\")\nkmem_cache_destroy(t)\nexpect used_objs(t) == 131\n";
    const auto failure = testing::run_script(session, script);
    EXPECT_FALSE(failure) << place_and_key(*failure);
    EXPECT_EQ(session.snapshot().machine->check(), "");
    const std::string start = "machine from text <<END\n" + kHead + kCaches + "END\n";
    EXPECT_EQ(testing::outcome(start + "kmem_cache_alloc(cache(\"size-64\"), GFP_KERNEL)\n"), "21:1 error.kmalloc_cache");
    EXPECT_EQ(testing::outcome(start + "kmem_cache_alloc(cache(\"kmem_cache\"), GFP_KERNEL)\n"), "");
}

TEST(ImportedClassic, comes_back_with_every_step_back) {
    Session session = testing::loaded("machine from text <<END\n" + kHead + kCaches + "END\n" +
                                      "c = cache(\"size-512\")\nd = cache(\"task_struct\")\n"
                                      "repeat 40 { o[] = kmem_cache_alloc(d, GFP_KERNEL) }\n"
                                      "repeat 40 { p[] = kmalloc(500, GFP_KERNEL) }\n"
                                      "for one in p { kfree(one) }\nkmem_cache_shrink(c)\n");
    std::vector<u64> hashes;
    for (u32 step = 0; step <= 121; ++step) {
        testing::seek(session, step);
        hashes.push_back(session.state_hash());
    }
    for (u32 step = 121; step-- != 0;) {
        testing::seek(session, step);
        ASSERT_EQ(session.state_hash(), hashes[step]) << step;
    }
    EXPECT_EQ(print_slabinfo(slabinfo_of(*session.snapshot().machine)), kHead + kCaches);
}

TEST(ImportedClassic, is_shown_as_imported_with_what_classic_caches_have) {
    const Machine machine = machine_of(kHead + kCaches);
    for (const CacheView& view : cache_views(machine)) {
        EXPECT_TRUE(view.is_imported);
        EXPECT_TRUE(view.classic.has_value());
        EXPECT_EQ(view.free_slabs != 0, view.name == "dentry" || view.name == "size-512" || view.name == "task_struct");
    }
}

TEST(ImportedClassic, beside_zoneinfo_runs_by_the_rules_of_that_kernel_and_says_so) {
    const Machine machine = machine_of(test::kZoneInfo + test::kBuddyInfo + test::kPageTypeInfo + kHead +
                                       "size-128              90     90    128   30    1 : tunables  120   60    8 : "
                                       "slabdata      3      3      0\n");
    EXPECT_TRUE(has_note(machine, "import.note_slab_arrays"));
    EXPECT_TRUE(machine.heap().has_slub());
    EXPECT_EQ(machine.check(), "");
}

TEST(ImportedClassic, of_several_nodes_has_one_shared_array) {
    const Machine machine = machine_of(kHead + "size-32 600 784 32 112 1 : tunables 120 60 8 : slabdata 7 7 500\n");
    EXPECT_TRUE(has_note(machine, "import.note_slab_shared"));
    EXPECT_EQ(slabinfo_of(machine).rows[0].sharedavail, 480U);
    EXPECT_EQ(slabinfo_of(machine).rows[0].active_objs, 600U);
    EXPECT_EQ(machine.check(), "");
}

TEST(ImportedClassic, without_tunables_is_told_by_its_names) {
    const Machine machine = machine_of(kHead + "size-64(DMA) 0 0 64 59 1 : tunables 0 0 0 : slabdata 0 0 0\n");
    EXPECT_EQ(machine.kernel(), "2.6");
    EXPECT_EQ(cache_of(machine, "size-64(DMA)").layout.limit, 120U) << "the rule's";
    EXPECT_EQ(machine_of(kHead + "size-64k 0 0 64 59 1 : tunables 0 0 0 : slabdata 0 0 0\n").kernel(), "6.12");
}

TEST(ImportedClassic, that_cannot_be_is_refused_where_it_stands) {
    const std::string good = "thing 30 60 128 30 1 : tunables 120 60 8 : slabdata 1 2 0\n";
    EXPECT_EQ(import_error(good), "");
    EXPECT_EQ(import_error(good + "a 30 60 128 30 1 : tunables 120 0 8 : slabdata 1 2 0\n"), "4:1 proc.slab_tunables");
    EXPECT_EQ(import_error(good + "a 30 60 128 30 1 : tunables 60 120 8 : slabdata 1 2 0\n"), "4:1 proc.slab_tunables");
    EXPECT_EQ(import_error(good + "a 31 60 128 30 1 : tunables 120 60 8 : slabdata 1 2 0\n"), "4:1 proc.slab_counts");
    EXPECT_EQ(import_error(good + "a 0 60 128 30 1 : tunables 120 60 8 : slabdata 1 2 0\n"), "4:1 proc.slab_counts");
    EXPECT_EQ(import_error(good + "a 30 60 128 30 1 : tunables 120 60 8 : slabdata 3 2 0\n"), "4:1 proc.slab_counts");
    const std::string full = "size-256 0 0 256 16 1 : tunables 120 60 8 : slabdata 0 0 0\n";
    EXPECT_EQ(import_error(full), "") << "struct slab goes into size-128";
    EXPECT_EQ(import_error(full + "size-128 0 0 128 32 1 : tunables 120 60 8 : slabdata 0 0 0\n"),
              "1:1 import.slab_management")
        << "which cannot have its own in size-256";
    EXPECT_EQ(import_error("bytes 0 0 1 32767 8 : tunables 120 60 8 : slabdata 0 0 0\n"), "1:1 import.slab_management");
}

TEST(ImportedClassic, names_a_cache_twice_if_the_text_does) {
    const std::string row =
        "size-64               59     59     64   59    1 : tunables  120   60    8 : slabdata      1      1      0\n";
    const Machine machine = machine_of(kHead + row + row);
    EXPECT_EQ(print_slabinfo(slabinfo_of(machine)), kHead + row + row);
    EXPECT_EQ(machine.check(), "");
}

}  // namespace
}  // namespace mmscope
