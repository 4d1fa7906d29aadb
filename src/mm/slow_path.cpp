#include "mm/slow_path.h"

#include "mm/oom.h"
#include "mm/vmscan.h"

namespace mmscope {

AllocFlags slow_flags(Gfp mask, Order order, const Profile& profile) {
    AllocFlags flags;
    flags.mark = Watermark::min;
    flags.min_reserve = mask.has(gfp::kHigh);
    flags.kswapd = mask.has(gfp::kKswapdReclaim) || !profile.has_kswapd_flag;
    flags.cold = mask.has(gfp::kCold);
    if (mask.has(gfp::kDirectReclaim)) return flags;
    flags.non_block = !mask.has(gfp::kNomemalloc) || profile.non_block_is_harder;
    flags.highatomic = profile.has_highatomic && flags.non_block && flags.min_reserve && order.value != 0;
    return flags;
}

Pfn SlowPath::alloc() {
    flags_ = slow_flags(gfp_, request_.order, profile_);
    emit(TraceKind::slowpath, gfp_.bits);
    Reclaim daemons(memory_, request_.cpu, trace_);
    if (flags_.kswapd) daemons.wake_all_kswapds(request_);
    Pfn pfn = memory_.get_page_from_freelist(request_, flags_, trace_);
    if (pfn == kNoPfn) pfn = try_all();
    if (pfn == kNoPfn && memory_.deadlock() == Deadlock::none) pfn = without_fail();
    // A kernel that stops, or tries for ever, reports no failure.
    if (pfn == kNoPfn && memory_.deadlock() == Deadlock::none) emit(TraceKind::page_alloc_failure, gfp_.bits);
    return pfn;
}

Pfn SlowPath::try_all() {
    Pfn pfn = kNoPfn;
    bool has_changed = false;
    if (compacts_first()) {
        pfn = direct_compact(CompactPriority::async);
        if (pfn != kNoPfn || gives_up_early()) return pfn;
        has_changed = compacted_ > CompactResult::deferred;
    }
    for (;; has_changed = true) {
        if (flags_.kswapd) Reclaim(memory_, request_.cpu, trace_).wake_all_kswapds(request_);
        pfn = look_again(!has_changed);
        if (pfn != kNoPfn || !gfp_.has(gfp::kDirectReclaim)) return pfn;
        pfn = direct_reclaim();
        if (pfn == kNoPfn) pfn = direct_compact(priority_);
        if (pfn != kNoPfn || !goes_on(&pfn)) return pfn;
    }
}

// Large blocks, and smaller ones that cannot be moved away later: rather tidy up than take pages from others.
bool SlowPath::compacts_first() const {
    if (!profile_.has_compaction || !gfp_.has(gfp::kDirectReclaim) || ignores_marks()) return false;
    return is_costly() || (request_.order.value != 0 && request_.type != Migratetype::movable);
}

// A large block that somebody would like but not at any price (__GFP_NORETRY, as for huge pages).
bool SlowPath::gives_up_early() {
    if (!is_costly() || !gfp_.has(gfp::kNoretry)) return false;
    priority_ = CompactPriority::async;
    return compacted_ <= CompactResult::deferred || gfp_.has(gfp::kThisnode);
}

// All zones once more, with the reserves that are open now. A look that is the same as the one before is not reported.
Pfn SlowPath::look_again(bool is_same) {
    if (ignores_marks()) {
        flags_ = without_marks(flags_);
        is_same = false;
    }
    if (is_victim_ && !gfp_.has(gfp::kNomemalloc)) {
        flags_.oom = true;
        is_same = false;
    }
    Trace nobody;
    return memory_.get_page_from_freelist(request_, flags_, is_same ? nobody : trace_);
}

// __alloc_pages_direct_reclaim: if even then there is no block, what the HighAtomic reserve and the CPUs hold back
// is given up.
Pfn SlowPath::direct_reclaim() {
    reclaimed_ = Reclaim(memory_, request_.cpu, trace_).try_to_free_pages(request_);
    if (reclaimed_ == 0) return kNoPfn;
    const Pfn pfn = memory_.get_page_from_freelist(request_, flags_, trace_);
    if (pfn != kNoPfn) return pfn;
    memory_.unreserve_highatomic_pageblock(request_, PageAllocator::ByForce::no, trace_);
    memory_.drain_pages(std::nullopt, std::nullopt, trace_);
    return memory_.get_page_from_freelist(request_, flags_, trace_);
}

// __alloc_pages_direct_compact.
Pfn SlowPath::direct_compact(CompactPriority priority) {
    if (request_.order.value == 0 || !profile_.has_compaction) return kNoPfn;
    compacted_ = Compaction(memory_, request_.cpu, trace_).try_to_compact_pages(request_, flags_, priority);
    if (compacted_ == CompactResult::skipped) return kNoPfn;
    memory_.count(VmCounter::compact_stall);
    const Pfn pfn = memory_.get_page_from_freelist(request_, flags_, trace_);
    memory_.count(pfn == kNoPfn ? VmCounter::compact_fail : VmCounter::compact_success);
    if (pfn != kNoPfn)
        Compaction::reset_deferral(memory_.zones()[memory_.zone_of(pfn)->position], request_.order, true);
    return pfn;
}

// Whether another round is worth it; as the last way out the OOM killer, who may find a block for *pfn on the way.
bool SlowPath::goes_on(Pfn* pfn) {
    if (gfp_.has(gfp::kNoretry)) return false;
    if (is_costly() && !gfp_.has(gfp::kRetryMayfail)) return false;
    if (should_reclaim_retry()) return true;
    if (reclaimed_ != 0 && should_compact_retry()) return true;
    has_killed_ = false;
    *pfn = may_oom();
    if (*pfn != kNoPfn || memory_.deadlock() != Deadlock::none) return false;
    if (is_victim_ && (flags_.oom || gfp_.has(gfp::kNomemalloc))) return false;
    if (has_killed_) loops_without_progress_ = 0;
    return has_killed_;
}

// Whether some zone would have enough if everything reclaimable were free.
bool SlowPath::should_reclaim_retry() {
    const bool has_progress = reclaimed_ != 0 && !is_costly();
    loops_without_progress_ = has_progress ? 0 : loops_without_progress_ + 1;
    if (loops_without_progress_ <= kMostReclaimRetries) {
        for (const u8 position : memory_.zonelist(request_.node, request_.highest_index)) {
            Zone would_be = memory_.zones()[position];
            const u32 reclaimable = Reclaim::reclaimable_pages(memory_, would_be);
            const u32 mark = would_be.mark(Watermark::min);
            trace_.emit(TraceKind::reclaim_retry_zone, position, request_.order.value, 0, mark, reclaimable,
                        would_be.nr_free_pages);
            would_be.nr_free_pages += reclaimable;
            if (test_watermark(would_be, profile_, request_, flags_, mark).passes()) return true;
        }
    }
    return memory_.unreserve_highatomic_pageblock(request_, PageAllocator::ByForce::yes, trace_);
}

// Harder each time, up to all of the zone for small blocks.
bool SlowPath::should_compact_retry() {
    if (request_.order.value == 0 || !profile_.has_compaction) return false;
    if (compacted_ == CompactResult::skipped)
        return Compaction(memory_, request_.cpu, trace_).would_be_suitable(request_);
    if (compacted_ == CompactResult::success)  // and somebody else took the block
        if (++compaction_retries_ <= kMostReclaimRetries / (is_costly() ? 4 : 1)) return true;
    if (priority_ <= (is_costly() ? CompactPriority::sync_light : CompactPriority::sync_full)) return false;
    priority_ = static_cast<CompactPriority>(static_cast<u32>(priority_) - 1);
    compaction_retries_ = 0;
    emit(TraceKind::compact_retry, static_cast<u32>(priority_));
    return true;
}

// __alloc_pages_may_oom: one more look above the high mark, then somebody has to go. Not for a block that is too
// large, nor for who would rather fail or must have a low zone; who may not enter a filesystem only waits for others.
Pfn SlowPath::may_oom() {
    AllocFlags above_high;
    above_high.mark = Watermark::high;
    const Pfn pfn = memory_.get_page_from_freelist(request_, above_high, trace_);
    if (pfn != kNoPfn || is_costly()) return pfn;
    if (gfp_.has(gfp::kRetryMayfail) || gfp_.has(gfp::kThisnode)) return pfn;
    if (gfp_zone(gfp_, memory_.arch()) < ZoneType::normal) return pfn;
    if (!gfp_.has(gfp::kFs)) {
        has_killed_ = true;
        if (reclaimed_ == 0) memory_.set_deadlock(Deadlock::endless);  // nobody else is there who would free memory
        return pfn;
    }
    const OomCandidate victim = out_of_memory(memory_, request_, trace_);
    has_killed_ = victim.is_there;
    is_victim_ |= has_killed_ && victim.pid == memory_.processes().current;
    if (!has_killed_)
        memory_.set_deadlock(memory_.sysctl().panic_on_oom != 0 ? Deadlock::panic_on_oom : Deadlock::panic);
    return has_killed_ && gfp_.has(gfp::kNofail)
               ? memory_.get_page_from_freelist(request_, without_marks(flags_), trace_)
               : kNoPfn;
}

// __GFP_NOFAIL: once more with half of min, and if that is not enough, for ever.
Pfn SlowPath::without_fail() {
    if (!gfp_.has(gfp::kNofail) || !gfp_.has(gfp::kDirectReclaim)) return kNoPfn;
    AllocFlags flags;
    flags.mark = Watermark::min;
    flags.min_reserve = true;
    const Pfn pfn = memory_.get_page_from_freelist(request_, flags, trace_);
    if (pfn == kNoPfn) memory_.set_deadlock(Deadlock::endless);
    return pfn;
}

}  // namespace mmscope
