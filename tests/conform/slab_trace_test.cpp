// Slab traces of real kernels: the bytes of every allocation are foretold from what it asked for.
#include "play/conform_slab_trace.h"

#include <gtest/gtest.h>

#include "base/prng.h"
#include "cli/capture_context.h"
#include "cli/source.h"
#include "shared_folder.h"

namespace mmscope {
namespace {

struct Known {
    const char* folder;
    u32 calls;  // kmalloc and kmem_cache_alloc
};
constexpr Known kKnown[] = {
    {"amd64-6.1-512M-trace-slab", 21844}, {"i386-686-1G-trace-slab", 21678}, {"amd64-6.1-512M-trace-both", 14954}};

Outcome replay_folder(const std::filesystem::path& folder, bool with_table) {
    const auto context = find_capture_context((folder / "trace.txt.gz").string(), {});
    const auto trace = read_text_file((folder / "trace.txt.gz").string());
    const auto table = read_text_file((folder / "slab.tsv").string());
    EXPECT_TRUE(context && trace && table);
    if (!context || !trace || !table) return {};
    const auto outcome = conform_slab_trace(*trace, with_table ? *table : "", *context->profile, context->arch);
    EXPECT_TRUE(outcome);
    return outcome ? *outcome : Outcome{};
}

TEST(SlabTraces, every_allocation_gives_as_many_bytes_as_the_rules_say) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    for (const Known& known : kKnown) {
        SCOPED_TRACE(known.folder);
        const Outcome outcome = replay_folder(*shared / "fixtures" / "kernels" / known.folder, true);
        test::compared("calls of slab traces", outcome.agreed, outcome.total);
        EXPECT_EQ(outcome.total, known.calls);
        EXPECT_EQ(outcome.agreed, known.calls);
        EXPECT_TRUE(outcome.remarks.empty());
        EXPECT_TRUE(outcome.is_perfect);
    }
}

TEST(SlabTraces, without_a_table_the_names_of_the_caches_say_enough) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    for (const Known& known : kKnown) {
        SCOPED_TRACE(known.folder);
        const Outcome outcome = replay_folder(*shared / "fixtures" / "kernels" / known.folder, false);
        EXPECT_EQ(outcome.total, known.calls);
        EXPECT_EQ(outcome.agreed, known.calls);
    }
}

constexpr std::string_view kTable =
    "name\tobject_size\tslab_size\talign\torder\tobjs_per_slab\tcpu_partial\tmin_partial\thwcache_align\talias_names\n"
    ":A-0000704\t704\t704\t64\t1\t11\t52\t5\t1\tfiles_cache,other\n"
    "proc_inode_cache\t704\t712\t8\t1\t11\t52\t5\t0\t-\n"
    "pid\t100\t128\t64\t0\t32\t120\t5\t1\t-\n";

std::string alloc(const std::string& site, const std::string& pointer, u32 req, u32 given) {
    return "            init-1       [000] .....     6.5: kmem_cache_alloc: call_site=" + site + " ptr=" + pointer +
           " bytes_req=" + std::to_string(req) + " bytes_alloc=" + std::to_string(given) +
           " gfp_flags=GFP_KERNEL node=-1 accounted=true\n";
}
std::string kmalloc(u64 req, u64 given, const std::string& gfp) {
    return "            init-1       [000] .....     6.5: kmalloc: call_site=f+0x1/0x2 [ext4] ptr=0000000000000001"
           " bytes_req=" +
           std::to_string(req) + " bytes_alloc=" + std::to_string(given) + " gfp_flags=" + gfp +
           " node=-1 accounted=false\n";
}
std::string free(const std::string& pointer, const std::string& name) {
    return "            init-1       [000] .....     6.6: kmem_cache_free: call_site=g+0x1/0x2 ptr=" + pointer +
           " name=" + name + "\n";
}
Outcome replay(const std::string& trace) {
    const auto outcome = conform_slab_trace(trace, kTable, profile_6_1(), Arch::x86_64);
    EXPECT_TRUE(outcome);
    return outcome ? *outcome : Outcome{};
}

TEST(SlabTraces, kmalloc_gives_a_class_or_whole_pages) {
    const std::string trace = kmalloc(0, 0, "GFP_KERNEL") + kmalloc(97, 128, "GFP_KERNEL") +
                              kmalloc(4097, 8192, "GFP_KERNEL_ACCOUNT|__GFP_ZERO") + kmalloc(8193, 16384, "GFP_DMA") +
                              kmalloc(5U << 20, 8U << 20, "GFP_KERNEL");
    EXPECT_EQ(replay(trace).agreed, 5U);
    EXPECT_FALSE(replay(kmalloc(96, 128, "GFP_KERNEL")).is_perfect);
}

TEST(SlabTraces, an_objects_free_tells_which_of_two_caches_it_was) {
    const std::string trace = alloc("a+0x1/0x2", "1", 704, 704) + alloc("a+0x1/0x2", "2", 704, 712) +
                              free("2", "proc_inode_cache") + free("1", "other");
    const Outcome outcome = replay(trace);
    EXPECT_EQ(outcome.agreed, 2U);
    EXPECT_TRUE(outcome.is_perfect);
}

TEST(SlabTraces, an_object_that_is_never_freed_counts_as_the_others_of_its_call_site) {
    const std::string before = alloc("a+0x1/0x2", "1", 704, 712) + alloc("a+0x1/0x2", "2", 704, 712);
    EXPECT_EQ(replay(before).agreed, 0U) << "the table's first cache";
    EXPECT_EQ(replay(before + free("2", "proc_inode_cache")).agreed, 2U);
}

TEST(SlabTraces, other_bytes_are_a_difference_that_says_how_often) {
    const Outcome outcome = replay(alloc("a+0x1/0x2", "1", 100, 104) + alloc("a+0x1/0x2", "2", 100, 104));
    EXPECT_EQ(outcome.agreed, 0U);
    EXPECT_EQ(outcome.total, 2U);
    ASSERT_EQ(outcome.remarks.size(), 1U);
    EXPECT_EQ(outcome.remarks[0].line, 1U);
    const std::vector<MessageParam>& params = outcome.remarks[0].sentences[0].params;
    EXPECT_EQ(params[0].text, "a+0x1/0x2, 2");
    EXPECT_EQ(params[1].text, "bytes_alloc(100)");
    EXPECT_EQ(params[2].text, "104");
    EXPECT_EQ(params[3].text, "128");
}

TEST(SlabTraces, a_kernel_with_another_allocator_is_an_error) {
    EXPECT_EQ(conform_slab_trace("", "", profile_2_6(), Arch::x86_32).error().message.key, "conform.no_slub");
    EXPECT_EQ(conform_slab_trace("", "name\tx\n", profile_6_1(), Arch::x86_32).error().message.key,
              "conform.slab_column");
}

TEST(SlabTraces, damaged_text_is_an_error_or_a_report) {
    const std::string whole = alloc("a+0x1/0x2", "1", 704, 712) + kmalloc(97, 128, "GFP_KERNEL") + free("1", "pid");
    for (u64 seed = 1; seed <= 500; ++seed) {
        Prng prng(seed);
        std::string trace = whole;
        std::string table(kTable);
        for (u32 damages = 1 + prng.below(4); damages != 0; --damages) {
            std::string& text = prng.below(3) == 0 ? table : trace;
            const std::size_t at = prng.below(static_cast<u32>(text.size()));
            if (prng.below(3) == 0)
                text.erase(at, 1 + prng.below(20));
            else
                text[at] = "0123456789 =[]\t\n:-"[prng.below(18)];
        }
        const auto outcome = conform_slab_trace(trace, table, profile_6_12(), Arch::x86_64);
        if (outcome)
            EXPECT_LE(outcome->agreed, outcome->total) << "seed " << seed;
        else
            EXPECT_FALSE(outcome.error().message.is_empty()) << "seed " << seed;
    }
}

}  // namespace
}  // namespace mmscope
