// What would_alloc says of a request is what alloc_pages then does: on random machines, after random commands, the
// zone, the source, the frame itself, and every refusal on the way with its numbers.
#include "mm/would_alloc.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/prng.h"

namespace mmscope {
namespace {

constexpr u32 kFlags[] = {
    gfp::kKernel,
    gfp::kKernel | gfp::kMovable | gfp::kHighmem,
    gfp::kKernel | gfp::kReclaimable,
    gfp::kKernel | gfp::kDma,
    gfp::kKernel | gfp::kDma32,
    gfp::kKernel | gfp::kMemalloc,
    gfp::kKernel | gfp::kThisnode,
    gfp::kKernel | gfp::kCold,
    gfp::kHigh | gfp::kKswapdReclaim,
    gfp::kHigh | gfp::kKswapdReclaim | gfp::kMovable | gfp::kHighmem,
    gfp::kKswapdReclaim,
    gfp::kNomemalloc | gfp::kHigh,
};

struct Place {
    Arch arch;
    const Profile* profile;
    u32 mebibytes;
    u32 nodes;
    u32 cpus;
};

struct Held {
    Pfn pfn;
    Order order;
};

struct Tally {
    u32 asked = 0;
    u32 refused = 0;
    u32 by_source[kBlockSources] = {};
    u32 by_pass[kAllocPasses] = {};
    u32 by_answer[kZoneAnswers] = {};
    u32 refills = 0;
    u32 without_boost = 0;
};

const TraceEvent* first_of(const Trace& trace, std::initializer_list<TraceKind> kinds) {
    for (u32 i = 0; i < trace.kept(); ++i)
        if (std::find(kinds.begin(), kinds.end(), trace.kept_event(i).kind) != kinds.end()) return &trace.kept_event(i);
    return nullptr;
}

bool has_refill(const Trace& trace) {
    for (u32 i = 0; i < trace.kept(); ++i)
        if (trace.kept_event(i).kind == TraceKind::pcp_refill && trace.kept_event(i).b != 0) return true;
    return false;
}

// What the trace of the call tells of where its block came from.
BlockSource source_told(const Trace& trace, Pfn pfn) {
    if (pfn == kNoPfn) return BlockSource::none;
    const TraceEvent* first = first_of(trace, {TraceKind::take, TraceKind::claim, TraceKind::steal, TraceKind::claim_failed,
                                               TraceKind::pcp_take});
    switch (first->kind) {
        case TraceKind::pcp_take: return BlockSource::cpu_list;
        case TraceKind::claim: return BlockSource::claim;
        case TraceKind::take:
            return static_cast<Migratetype>(first->migratetype) == Migratetype::highatomic ? BlockSource::highatomic : BlockSource::own;
        default:  // 6.12 goes on looking after a claim that failed
            return first_of(trace, {TraceKind::steal}) != nullptr || first_of(trace, {TraceKind::claim}) == nullptr
                       ? BlockSource::steal
                       : BlockSource::claim;
    }
}

// Events before the request went to sleep; what comes after is not foretold.
u32 events_awake(const Trace& trace) {
    for (u32 at = 0; at < trace.kept(); ++at) {
        const TraceKind kind = trace.kept_event(at).kind;
        if (kind >= TraceKind::mm_vmscan_direct_reclaim_begin && kind <= TraceKind::out_of_memory) return at;
    }
    return trace.kept();
}

// Each refusal of the chain is one of the trace, in its order, with its numbers.
std::string compare_refusals(const AllocProspect& prospect, const Trace& trace) {
    u32 at = 0, without_block = 0;
    for (const ZoneVerdict& verdict : prospect.chain) {
        without_block += verdict.test.is_enough() && !verdict.test.has_block;
        if (verdict.answer != ZoneAnswer::below_mark) continue;
        const auto is_it = [&](const TraceEvent& event) {
            return event.kind == TraceKind::zone_watermark_low && event.zone == verdict.zone &&
                   event.a == verdict.test.nr_free && event.b == verdict.test.mark && event.pfn == verdict.test.kept;
        };
        while (at < trace.kept() && !is_it(trace.kept_event(at))) ++at;
        if (at++ == trace.kept()) return "a refusal by zone " + std::to_string(verdict.zone) + " that never came";
    }
    u32 told = 0;
    for (u32 i = 0; i < events_awake(trace); ++i) {
        const TraceKind kind = trace.kept_event(i).kind;
        told += kind == TraceKind::zone_no_block || kind == TraceKind::zone_small_blocks;
    }
    return told == without_block ? "" : "zones without a block: " + std::to_string(without_block) + " foretold, " + std::to_string(told) + " told";
}

std::string compare(const AllocProspect& prospect, const Zone* zone, const Trace& trace, Pfn pfn) {
    if (prospect.sleeps()) return compare_refusals(prospect, trace);
    if (prospect.succeeds() != (pfn != kNoPfn)) return prospect.succeeds() ? "foretold, but failed" : "given, though refused";
    if (const std::string refusals = compare_refusals(prospect, trace); !refusals.empty()) return refusals;
    if (pfn == kNoPfn) return "";
    if (zone->position != prospect.giver()->zone) return std::string("from zone ") + zone->name();
    if (prospect.block.pfn != pfn) return "another frame: " + std::to_string(pfn.value);
    if (prospect.block.refills != has_refill(trace)) return "a refill more or less";
    if (prospect.block.source != source_told(trace, pfn)) return "from another source";
    return "";
}

void count(const AllocProspect& prospect, Tally* tally) {
    ++tally->asked;
    tally->refused += !prospect.succeeds();
    ++tally->by_source[static_cast<u32>(prospect.block.source)];
    tally->refills += prospect.block.refills;
    for (const ZoneVerdict& verdict : prospect.chain) {
        ++tally->by_answer[static_cast<u32>(verdict.answer)];
        tally->without_boost += verdict.without_boost;
    }
    if (prospect.succeeds()) ++tally->by_pass[static_cast<u32>(prospect.giver()->pass)];
}

// Zones of 14, 32 and 64 MiB, so that a short run empties Normal too; 0 MiB stand for it.
PageAllocator machine_of(const Place& place) {
    if (place.mebibytes != 0)
        return PageAllocator(place.arch, *place.profile, u64{place.mebibytes} * 256, place.nodes, place.cpus);
    constexpr u32 kStarts[] = {0x200, 0x1000, 0x3000, 0x7000};
    constexpr ZoneType kTypes[] = {ZoneType::dma, ZoneType::dma32, ZoneType::normal};
    std::vector<ZoneLayout> layout(3);
    for (u8 index = 0; index < 3; ++index) {
        layout[index].type = kTypes[index];
        layout[index].index = index;
        layout[index].start = {kStarts[index]};
        layout[index].spanned = kStarts[index + 1] - kStarts[index];
        layout[index].present = {{layout[index].start, layout[index].spanned}};
    }
    PageAllocator memory(place.arch, *place.profile, layout, place.cpus);
    Trace nobody;
    for (const Zone& zone : memory.zones()) memory.buddy(zone.position, nobody).add_range(zone.start, zone.spanned);
    VmSysctl sysctl = memory.sysctl();
    sysctl.min_free_kbytes = 1024;
    memory.set_sysctl(sysctl);
    return memory;
}

// Fills and empties a machine in waves; before every request it is asked what will happen.
void play(const Place& place, u64 seed, u32 commands, Tally* tally) {
    PageAllocator memory = machine_of(place);
    Prng random(seed);
    Trace trace(1U << 16);
    std::vector<Held> held;
    bool rises = true;
    u32 failures = 0, favourite = 0;
    for (u32 call = 1; call <= commands; ++call) {
        trace.begin();
        const u32 cpu = random.below(place.cpus);
        if (!held.empty() && random.below(10) >= (rises ? 9U : 2U)) {
            const u32 which = random.below(static_cast<u32>(held.size()));
            memory.free_pages(held[which].pfn, held[which].order, cpu, trace);
            held[which] = held.back();
            held.pop_back();
            if (held.size() < 8) rises = true, favourite = random.below(std::size(kFlags));
            continue;
        }
        const Gfp mask{kFlags[random.below(3) != 0 ? favourite : random.below(std::size(kFlags))]};
        const Order order{static_cast<u8>(random.below(3) == 0 ? random.below(kNrPageOrders) : random.below(5))};
        const AllocProspect prospect = would_alloc(memory, mask, order, cpu);
        const Pfn pfn = memory.alloc_pages(mask, order, call, cpu, trace);
        const Zone* zone = pfn == kNoPfn ? nullptr : memory.zone_of(pfn);
        ASSERT_EQ(compare(prospect, zone, trace, pfn), "")
            << place.profile->name << ' ' << kArchNames[static_cast<u32>(place.arch)] << ' ' << place.mebibytes << "M, seed " << seed
            << ", call " << call << ", order " << u32{order.value} << ", gfp " << std::hex << mask.bits;
        count(prospect, tally);
        if (pfn != kNoPfn) held.push_back({pfn, order});
        failures = pfn == kNoPfn ? failures + 1 : 0;
        if (failures > 12) rises = false, failures = 0;
        if (!rises && random.below(400) == 0) rises = true, favourite = random.below(std::size(kFlags));
    }
    EXPECT_EQ(memory.check(), "");
}

TEST(WouldAlloc, foretells_zone_source_frame_and_every_refusal_of_the_next_request) {
    Tally tally;
    u64 seed = 1;
    for (const Profile& profile : profiles()) {
        for (const Place& place : {Place{Arch::x86_64, &profile, 24, 1, 1}, Place{Arch::x86_64, &profile, 96, 1, 2},
                                   Place{Arch::x86_64, &profile, 128, 2, 4}, Place{Arch::x86_64, &profile, 4352, 1, 2}, Place{Arch::x86_64, &profile, 0, 1, 2},
                                   Place{Arch::x86_32, &profile, 64, 1, 1}, Place{Arch::x86_32_pae, &profile, 1024, 1, 2}}) {
            for (u32 round = 0; round < 3; ++round) play(place, seed++, 6000, &tally);
        }
    }
    RecordProperty("asked", std::to_string(tally.asked));
    for (u32 i = 0; i < kBlockSources; ++i) EXPECT_NE(tally.by_source[i], 0U) << "source " << i;
    for (u32 i = 0; i < kAllocPasses; ++i) EXPECT_NE(tally.by_pass[i], 0U) << "pass " << i;
    for (u32 i = 0; i < kZoneAnswers; ++i) EXPECT_NE(tally.by_answer[i], 0U) << "answer " << i;
    EXPECT_NE(tally.refills, 0U);
    EXPECT_NE(tally.without_boost, 0U);
}

TEST(WouldAlloc, changes_nothing) {
    PageAllocator memory(Arch::x86_64, profile_6_12(), 64 * 256, 1, 1);
    const u32 free = memory.zones()[1].free_pages;
    const std::vector<u8> states(memory.frames().states(), memory.frames().states() + memory.frames().frames());
    for (const u32 flags : kFlags) would_alloc(memory, {flags}, {3}, 0);
    EXPECT_EQ(memory.zones()[1].free_pages, free);
    EXPECT_TRUE(std::equal(states.begin(), states.end(), memory.frames().states()));
    EXPECT_EQ(memory.pcp(1, 0).count, 0U);
}

TEST(WouldAlloc, says_with_numbers_why_no_zone_gives) {
    PageAllocator memory(Arch::x86_64, profile_6_12(), 64 * 256, 1, 1);
    Trace nobody;
    u32 call = 0;
    while (memory.alloc_pages({gfp::kKernel}, {4}, ++call, 0, nobody) != kNoPfn) {}
    const AllocProspect prospect = would_alloc(memory, {gfp::kKernel}, {4}, 0);
    ASSERT_FALSE(prospect.succeeds());
    const ZoneVerdict& last = prospect.chain.back();
    const Zone& zone = memory.zones()[last.zone];
    EXPECT_EQ(last.pass, AllocPass::slow);
    EXPECT_EQ(last.answer, ZoneAnswer::below_mark);
    EXPECT_EQ(last.test.nr_free, zone.nr_free_pages);
    EXPECT_EQ(last.test.more, 15U);
    EXPECT_EQ(last.test.mark, zone.mark(Watermark::min));
    EXPECT_EQ(last.test.reserve, zone.lowmem_reserve[prospect.request.highest_index]);
    EXPECT_LE(last.test.free(), last.test.limit());
}

}  // namespace
}  // namespace mmscope
