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
        if (profile_.fallback == Profile::Fallback::single_routine) return fallback_6_1(may_mix);
        const BlockProspect claimed = claim(may_mix);
        return claimed.source != BlockSource::none || !may_mix ? claimed : steal();
    }
    // Buddy::rmqueue_reserve.
    BlockProspect reserve() const { return smallest(Migratetype::highatomic, BlockSource::highatomic); }

private:
    Order pageblock() const { return frames_.pageblock_order(); }
    Pfn first_of(Order order, Migratetype type) const { return {frames_.links()[frames_.list_head(zone_.list(order, type))].next}; }

    BlockProspect smallest(Migratetype type, BlockSource source) const {
        const u32 fits = zone_.area.nonempty[static_cast<u32>(type)] >> order_.value;
        if (fits == 0) return {};
        const Order found{static_cast<u8>(order_.value + std::countr_zero(fits))};
        return {source, false, first_of(found, type), false, found, type};
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
        const Order least = may_mix ? order_ : std::max(order_, pageblock());
        for (Order current{kMaxPageOrder};; --current.value) {
            const u32 from = find_fallback(zone_.area, current, type_);
            if (from != kNoFallback) {
                if (!can_claim(current, type_, pageblock())) break;
                const Migratetype other = static_cast<Migratetype>(from);
                const Pfn pfn = claimed_from(first_of(current, other), current, other);
                if (pfn != kNoPfn) return {BlockSource::claim, false, pfn, false, current, other};
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
        for (Order current = order_; current.value <= kMaxPageOrder; ++current.value) {
            const u32 from = find_fallback(zone_.area, current, type_);
            if (from == kNoFallback) continue;
            const Migratetype other = static_cast<Migratetype>(from);
            return {BlockSource::steal, false, first_of(current, other), false, current, other};
        }
        return {};
    }

    BlockProspect fallback_6_1(bool may_mix) const {
        const Order least = may_mix ? order_ : std::max(order_, pageblock());
        Order current{kMaxPageOrder};
        u32 from = find_fallback(zone_.area, current, type_);
        while (from == kNoFallback && current > least) {
            --current.value;
            from = find_fallback(zone_.area, current, type_);
        }
        if (from == kNoFallback) return {};
        const bool whole = can_claim(current, type_, pageblock());
        if (!whole && type_ == Migratetype::movable && current > order_) {
            for (current = order_; (from = find_fallback(zone_.area, current, type_)) == kNoFallback;) ++current.value;
        }
        const Migratetype other = static_cast<Migratetype>(from);
        const Pfn block = first_of(current, other);
        const bool is_reserve = frames_.pageblock_type(block) == Migratetype::highatomic;
        if (current >= pageblock()) return {is_reserve ? BlockSource::steal : BlockSource::claim, false, block, false, current, other};
        const Pfn start = block_start(block, pageblock());
        const Pfn end = start + pageblock().frames();
        if (!whole || is_reserve || !zone_.contains({end.value - 1})) return {BlockSource::steal, false, block, false, current, other};
        const Pfn first = zone_.contains(start) ? start : block;
        const u32 free = count_free(frames_, first, end);
        const u32 alike = free + alike_pages(frames_, type_, frames_.pageblock_type(block), first, end, free);
        const BlockSource source = alike >= pageblock().frames() / 2 ? BlockSource::claim : BlockSource::steal;
        return {source, false, first_fit(first, end), false, current, other};
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
        if (request.order.value != 0 || !flags.min_reserve || zone.boost == 0 || flags.mark != Watermark::min) return false;
        verdict->without_boost = true;
        verdict->boost = 0;
        verdict->test = test_watermark(zone, memory_.profile(), request, flags, zone.watermark[static_cast<u32>(Watermark::min)]);
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
            return {BlockSource::cpu_list, false, {flags.cold ? link.prev : link.next}, false, request.order, request.type};
        if (!memory_.may_refill(request, flags)) return {};
        BlockProspect block = buddy.rmqueue(!flags.nofragment);
        block.refills = block.source != BlockSource::none;
        block.gives_last = flags.cold && block.refills;
        return block;
    }

    bool mixes(const Zone& zone) const {
        return BuddyProspect(memory_, zone, prospect_.request.order, prospect_.request.type).rmqueue(true).source != BlockSource::none;
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
    if (mask.has(gfp::kMemalloc) && !mask.has(gfp::kNomemalloc)) walk.pass(AllocPass::no_watermarks, without_marks(flags));
    return walk.take();
}

}  // namespace mmscope
