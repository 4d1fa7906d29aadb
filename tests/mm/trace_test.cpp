// The trace: a ring that forgets the oldest, and counts that forget nothing.
#include <gtest/gtest.h>

#include <set>

#include "mm/trace.h"

namespace mmscope {
namespace {

TEST(Trace, keeps_nothing_and_counts_nothing_when_nobody_looks) {
    Trace trace;
    trace.emit(TraceKind::take, 0, 0, 0, 1);
    EXPECT_FALSE(trace.is_attached());
    EXPECT_EQ(trace.total(), 0U);
    EXPECT_EQ(trace.kept(), 0U);
}

TEST(Trace, keeps_every_field_of_an_event) {
    Trace trace(4);
    trace.emit(TraceKind::expand, 3, 10, 2, 0xfffffffeU, 5, 6);
    ASSERT_EQ(trace.kept(), 1U);
    EXPECT_EQ(trace.kept_event(0), (TraceEvent{TraceKind::expand, 10, 2, 3, 0xfffffffeU, 5, 6}));
}

TEST(Trace, forgets_the_oldest_but_counts_them) {
    Trace trace(4);
    for (u32 pfn = 0; pfn < 11; ++pfn) trace.emit(pfn % 2 == 0 ? TraceKind::take : TraceKind::merge, 0, 0, 0, pfn);
    EXPECT_EQ(trace.size(), 11U);
    ASSERT_EQ(trace.kept(), 4U);
    for (u32 at = 0; at < 4; ++at) EXPECT_EQ(trace.kept_event(at).pfn, 7 + at);
    EXPECT_EQ(trace.counts()[static_cast<u32>(TraceKind::take)], 6U);
    EXPECT_EQ(trace.counts()[static_cast<u32>(TraceKind::merge)], 5U);
}

TEST(Trace, shows_only_what_happened_since_it_was_told_to_begin) {
    Trace trace(4);
    for (u32 pfn = 0; pfn < 3; ++pfn) trace.emit(TraceKind::take, 0, 0, 0, pfn);
    trace.begin();
    EXPECT_EQ(trace.kept(), 0U);
    trace.emit(TraceKind::take, 0, 0, 0, 3);
    EXPECT_EQ(trace.size(), 1U);
    EXPECT_EQ(trace.kept_event(0).pfn, 3U);
    EXPECT_EQ(trace.total(), 4U);
}

TEST(Trace, goes_on_from_restored_counts) {
    Trace trace(4);
    Trace::Counts counts{};
    counts[static_cast<u32>(TraceKind::steal)] = 9;
    trace.restore(counts, 20);
    EXPECT_EQ(trace.kept(), 0U);
    trace.emit(TraceKind::steal, 0, 0, 0, 1);
    EXPECT_EQ(trace.total(), 21U);
    EXPECT_EQ(trace.size(), 1U);
    EXPECT_EQ(trace.kept_event(0).pfn, 1U);
    EXPECT_EQ(trace.counts()[static_cast<u32>(TraceKind::steal)], 10U);
}

TEST(Trace, names_each_kind_once) {
    const std::set<std::string_view> names(std::begin(kTraceKindNames), std::end(kTraceKindNames));
    EXPECT_EQ(names.size(), kTraceKinds);
    EXPECT_EQ(kTraceKindNames[static_cast<u32>(TraceKind::mm_page_alloc_extfrag)], "mm_page_alloc_extfrag");
}

}  // namespace
}  // namespace mmscope
