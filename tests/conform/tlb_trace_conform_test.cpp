// A real program's references through the engine's TLBs, and through a naive model that reads the text by itself.
#include <gtest/gtest.h>

#include <cstdio>
#include <sstream>

#include "cli/source.h"
#include "mm/naive_tlb.h"
#include "play/tlb_trace.h"
#include "shared_folder.h"

namespace mmscope {
namespace {

struct NaiveCount {
    test::NaiveHierarchy tlb;
    u64 by_kind[4] = {};
};

// sscanf and a list for each set: nothing of the engine's.
template <class Structure>
NaiveCount count_naively(const std::string& text, u32 shift, u32 l1i, u32 l1i_ways, u32 l1d, u32 l1d_ways, u32 l2,
                         u32 l2_ways) {
    NaiveCount count{test::naive_hierarchy<Structure>(l1i, l1i_ways, l1d, l1d_ways, l2, l2_ways), {}};
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        char kind = 0;
        unsigned long long address = 0;
        unsigned size = 0;
        if (std::sscanf(line.c_str(), " %c %llx,%u", &kind, &address, &size) != 3) continue;
        const std::size_t number = std::string("ILSM").find(kind);
        if (number == std::string::npos) continue;
        ++count.by_kind[number];
        for (int access = 0; access < (kind == 'M' ? 2 : 1); ++access) {
            for (u64 page = address >> shift; page << shift < address + size; ++page)
                count.tlb.access(kind == 'I', page);
        }
    }
    return count;
}

template <class Structure>
void compare(const std::string& text, PageSize page_size, const std::string& policy) {
    const NaiveCount naive = count_naively<Structure>(text, page_shift(page_size), 128, 8, 64, 4, 1536, 12);
    TlbTrace trace(*read_tlb_geometry("l1i=128/8,l1d=64/4,l2=1536/12,policy=" + policy), page_size);
    trace.read(text);
    trace.finish();
    for (u32 kind = 0; kind < kMemoryReferenceKinds; ++kind)
        EXPECT_EQ(trace.reader().count(static_cast<MemoryReference::Kind>(kind)), naive.by_kind[kind]) << policy;
    const TlbCounts& counts = trace.tlb().counts();
    const u64 misses = counts.l1_misses[0] + counts.l1_misses[1] + counts.walks[0] + counts.walks[1];
    const u64 of_naive = naive.tlb.l1i->misses + naive.tlb.l1d->misses + naive.tlb.l2->misses;
    test::compared("misses of a naive TLB on the lackey trace", misses, of_naive);
    EXPECT_EQ(counts.lookups[0], naive.tlb.l1i->hits + naive.tlb.l1i->misses) << policy;
    EXPECT_EQ(counts.lookups[1], naive.tlb.l1d->hits + naive.tlb.l1d->misses) << policy;
    EXPECT_EQ(counts.l1_misses[0], naive.tlb.l1i->misses) << policy;
    EXPECT_EQ(counts.l1_misses[1], naive.tlb.l1d->misses) << policy;
    EXPECT_EQ(counts.l1_misses[0] + counts.l1_misses[1], naive.tlb.l2->hits + naive.tlb.l2->misses) << policy;
    EXPECT_EQ(counts.walks[0] + counts.walks[1], naive.tlb.l2->misses) << policy;
    EXPECT_EQ(trace.tlb().check(), "");
    EXPECT_EQ(trace.reader().torn().count + trace.reader().foreign().count, 0U);
}

TEST(TlbTraceConform, the_trace_of_true_counts_as_a_naive_model_does) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    const auto text = read_text_file((*shared / "fixtures/lackey/true.lackey.txt.gz").string());
    ASSERT_TRUE(text);
    compare<test::NaiveLruTlb>(*text, PageSize::size_4k, "lru");
    compare<test::NaivePlruTlb>(*text, PageSize::size_4k, "plru");
    compare<test::NaiveLruTlb>(*text, PageSize::size_2m, "lru");
}

}  // namespace
}  // namespace mmscope
