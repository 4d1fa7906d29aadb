#include "mm/would_alloc.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "mm/fallback_rules.h"

namespace mmscope {

namespace {

// What the buddy system of one zone would give for one request.
class BuddyProspect {
public:
    BuddyProspect(const PageAllocator& memory, const Zone& zone, Order order, Migratetype type)
        : frames_(memory.frames()), zone_(zone), profile_(memory.profile()), order_(order), type_(type) {}

    // Buddy::rmqueue.
    BlockProspect rmqueue(bool may_mix) const {
        const BlockProspect own = smallest(type_, BlockSource::own);
        if (own.source != BlockSource::none) return own;
        if (profile_.fallback == Profile::Fallback::largest_block) {
            const BlockProspect borrowed = fallback_2_6();
            return borrowed.source != BlockSource::none ? borrowed : reserve();
        }
        if (profile_.fallback == Profile::Fallback::single_routine) return fallback_6_1(may_mix);
        const BlockProspect claimed = claim(may_mix);
        return claimed.source != BlockSource::none || !may_mix ? claimed : steal();
    }
    // Buddy::rmqueue_listed of the HighAtomic reserve.
    BlockProspect reserve() const { return smallest(Migratetype::highatomic, BlockSource::highatomic); }

private:
    Order pageblock() const { return frames_.pageblock_order(); }
    Pfn first_of(Order order, Migratetype type) const {
        return {frames_.links()[frames_.list_head(zone_.list(order, type))].next};
    }
    BlockProspect head_of(const FallbackList& list, BlockSource source) const {
        return {source, false, first_of(list.order, list.type), list.order, list.type};
    }

    BlockProspect smallest(Migratetype type, BlockSource source) const {
        const u32 fits = zone_.area.nonempty[static_cast<u32>(type)] >> order_.value;
        if (fits == 0) return {};
        const Order found{static_cast<u8>(order_.value + std::countr_zero(fits))};
        return {source, false, first_of(found, type), found, type};
    }

    // The block that is given once all free blocks of start .. end lie on the lists of the request's type, in order.
    Pfn first_fit(Pfn start, Pfn end) const {
        Pfn best = kNoPfn;
        Order best_order{kMaxPageOrder + 1};
        while (start < end) {
            const u8 state = frames_.state(start);
            const bool is_block = frame_state::is_free_head(state);
            const Order order = is_block ? frame_state::order(state) : Order{0};
            if (is_block && order >= order_ && order < best_order) best = start, best_order = order;
            start = start + order.frames();
        }
        return best;
    }

    BlockProspect claim(bool may_mix) const {
        const Order least = least_fallback_order(order_, may_mix, pageblock());
        for (Order current{kMaxPageOrder};; --current.value) {
            const u32 from = find_fallback(zone_.area, current, type_);
            if (from != kNoFallback) {
                if (!can_claim(current, type_, pageblock())) break;
                const Migratetype other = static_cast<Migratetype>(from);
                const Pfn pfn = claimed_from(first_of(current, other), current, other);
                if (pfn != kNoPfn) return {BlockSource::claim, false, pfn, current, other};
            }
            if (current == least) break;
        }
        return {};
    }

    Pfn claimed_from(Pfn block, Order block_order, Migratetype from) const {
        if (block_order >= pageblock()) return block;
        const u32 size = pageblock().frames();
        const Pfn start = block_start(block, pageblock());
        const Pfn end = start + size;
        if (!zone_.contains(start) || !zone_.contains({end.value - 1})) return kNoPfn;
        const u32 free = count_free(frames_, start, end);
        return free + alike_pages(frames_, type_, from, start, end, free) < size / 2 ? kNoPfn : first_fit(start, end);
    }

    BlockProspect steal() const {
        const auto from = smallest_fallback(zone_.area, order_, type_);
        return from ? head_of(*from, BlockSource::steal) : BlockProspect{};
    }

    BlockProspect fallback_6_1(bool may_mix) const {
        const auto from = fallback_of_6_1(zone_.area, order_, type_, may_mix, pageblock());
        if (!from) return {};
        const Pfn block = first_of(from->order, from->type);
        const bool is_reserve = frames_.pageblock_type(block) == Migratetype::highatomic;
        if (from->order >= pageblock()) return head_of(*from, is_reserve ? BlockSource::steal : BlockSource::claim);
        const Pfn start = block_start(block, pageblock());
        const Pfn end = start + pageblock().frames();
        if (!can_claim(from->order, type_, pageblock()) || is_reserve || !zone_.contains({end.value - 1}))
            return head_of(*from, BlockSource::steal);
        const Pfn first = zone_.contains(start) ? start : block;
        const u32 free = count_free(frames_, first, end);
        const u32 alike = free + alike_pages(frames_, type_, frames_.pageblock_type(block), first, end, free);
        const BlockSource source = alike >= pageblock().frames() / 2 ? BlockSource::claim : BlockSource::steal;
        return {source, false, first_fit(first, end), from->order, from->type};
    }

    BlockProspect fallback_2_6() const {
        const auto from = largest_fallback(zone_.area, order_, type_);
        if (!from) return {};
        const Pfn block = first_of(from->order, from->type);
        return head_of(*from, claims_2_6(block, from->order) ? BlockSource::claim : BlockSource::steal);
    }

    bool claims_2_6(Pfn block, Order block_order) const {
        const u32 size = pageblock().frames();
        const Pfn start = block_start(block, pageblock());
        const Pfn end = start + size;
        if (!brings_pageblock_2_6(block_order, type_, pageblock()) || !zone_.contains({end.value - 1})) return false;
        if (block_order >= pageblock()) return true;
        return count_free(frames_, zone_.contains(start) ? start : block, end) >= size / 2;
    }

    const FrameTable& frames_;
    const Zone& zone_;
    const Profile& profile_;
    const Order order_;
    const Migratetype type_;
};

// The walk of one request.
class Walk {
public:
    Walk(const PageAllocator& memory, const AllocRequest& request) : memory_(memory) { prospect_.request = request; }

    // get_page_from_freelist. True if a zone gives.
    bool pass(AllocPass pass, const AllocFlags& flags) {
        const AllocRequest& request = prospect_.request;
        for (const u8 position : memory_.zonelist(request.node, request.highest_index)) {
            const Zone& zone = memory_.zones()[position];
            if (zone.node != request.node && (request.gfp.has(gfp::kThisnode) || flags.nofragment)) break;
            if (ask(pass, zone, flags)) return true;
        }
        return false;
    }
    AllocProspect take() { return std::move(prospect_); }

private:
    bool ask(AllocPass pass, const Zone& zone, const AllocFlags& flags) {
        ZoneVerdict verdict{pass, zone.position, ZoneAnswer::gives, flags.mark, zone.boost, false, {}};
        if (may_give(zone, flags, &verdict)) {
            prospect_.block = rmqueue(zone, flags);
            if (prospect_.block.source == BlockSource::none)
                verdict.answer = flags.nofragment && mixes(zone) ? ZoneAnswer::would_mix : ZoneAnswer::nothing_usable;
        } else {
            verdict.answer = verdict.test.is_enough() ? ZoneAnswer::no_block : ZoneAnswer::below_mark;
        }
        prospect_.chain.push_back(verdict);
        return verdict.answer == ZoneAnswer::gives;
    }

    // PageAllocator::zone_may_give.
    bool may_give(const Zone& zone, const AllocFlags& flags, ZoneVerdict* verdict) const {
        const AllocRequest& request = prospect_.request;
        verdict->test = test_watermark(zone, memory_.profile(), request, flags, zone.mark(flags.mark));
        if (verdict->test.passes() || flags.no_watermarks) return true;
        const bool ignores_boost = request.order.value == 0 && flags.min_reserve && flags.mark == Watermark::min;
        if (!ignores_boost || zone.boost == 0) return false;
        verdict->without_boost = true;
        verdict->boost = 0;
        const u32 min = zone.watermark[static_cast<u32>(Watermark::min)];
        verdict->test = test_watermark(zone, memory_.profile(), request, flags, min);
        return verdict->test.passes();
    }

    BlockProspect rmqueue(const Zone& zone, const AllocFlags& flags) const {
        const AllocRequest& request = prospect_.request;
        const BuddyProspect buddy(memory_, zone, request.order, request.type);
        if (PcpLists::takes(request.order, memory_.frames().pageblock_order(), memory_.profile())) {
            const BlockProspect listed = from_cpu(zone, flags, buddy);
            if (listed.source != BlockSource::none) return listed;
        }
        BlockProspect block;
        if (flags.highatomic) block = buddy.reserve();
        if (block.source == BlockSource::none) block = buddy.rmqueue(!flags.nofragment);
        if (block.source == BlockSource::none && (flags.oom || flags.non_block)) block = buddy.reserve();
        return block;
    }

    // PcpLists::take.
    BlockProspect from_cpu(const Zone& zone, const AllocFlags& flags, const BuddyProspect& buddy) const {
        const AllocRequest& request = prospect_.request;
        const FrameTable& frames = memory_.frames();
        const u32 list = PcpLists::list_index(request.order, request.type);
        const u32 head = frames.list_head(memory_.pcp(zone.position, request.cpu).first_list + list);
        const FrameLink link = frames.links()[head];
        if (link.next != head)
            return {BlockSource::cpu_list, false, {flags.cold ? link.prev : link.next}, request.order, request.type};
        if (!memory_.may_refill(request, flags)) return {};
        BlockProspect block = buddy.rmqueue(!flags.nofragment);
        block.refills = block.source != BlockSource::none;
        return block;
    }

    bool mixes(const Zone& zone) const {
        const BuddyProspect buddy(memory_, zone, prospect_.request.order, prospect_.request.type);
        return buddy.rmqueue(true).source != BlockSource::none;
    }

    const PageAllocator& memory_;
    AllocProspect prospect_;
};

}  // namespace

AllocProspect would_alloc(const PageAllocator& memory, Gfp mask, Order order, u32 cpu) {
    assert(order.value <= kMaxPageOrder && gfp_fault(mask) == GfpFault::none && cpu < memory.cpus());
    Walk walk(memory, memory.request_of(mask, order, 0, cpu));
    AllocFlags flags = memory.fast_flags(memory.request_of(mask, order, 0, cpu));
    if (flags.nofragment && walk.pass(AllocPass::fast, flags)) return walk.take();
    flags.nofragment = false;
    if (walk.pass(AllocPass::fast_mixing, flags)) return walk.take();
    flags = slow_flags(mask, order, memory.profile());
    if (walk.pass(AllocPass::slow, flags)) return walk.take();
    if (mask.has(gfp::kMemalloc) && !mask.has(gfp::kNomemalloc))
        walk.pass(AllocPass::no_watermarks, without_marks(flags));
    return walk.take();
}

}  // namespace mmscope
