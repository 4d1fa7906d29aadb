// What the model would have given: each allocation of a page trace is also made by the page allocator itself, loaded
// with the kernel's lists where a stretch begins, and is right when the frame is the kernel's.
//
// After each difference the model is put right by force, so that one does not bring the next:
//
//   per-CPU list  [M]-[a]-[b]-[c]-[K]-...   the kernel gave K and the model M: M to c left without an event, as a bulk
//                                           allocation takes them, and leave here too ("passed over")
//   K is elsewhere                          M goes back to where it was, K out of whatever list or free block it is in
//
// Drains of per-CPU lists that the trace shows and the model did not make are made up for. What else reclaim and
// compaction do to the lists has no event or no model, so with them the share that is right falls: it is told, and no
// more is asked of it. On a machine at work without them all of it is right, passed over or not.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "intake/page_trace.h"
#include "mm/page_alloc.h"

namespace mmscope {

class TracePrediction {
public:
    enum class Outcome : u8 { right, passed_over, wrong };

    TracePrediction() = default;
    // `memory` as the kernel's was at that moment (play/loaded_dump.h).
    explicit TracePrediction(PageAllocator memory) : memory_(std::move(memory)) {}

    // Blocks are aligned and lie in one zone of `memory`. alloc: it has a frame; a mask that this kernel does not
    // have is never right.
    Outcome alloc(const PageTraceEvent& event);
    void free(const PageTraceEvent& event);
    void drain(const PageTraceEvent& event);

    const PageAllocator& memory() const { return memory_; }
    // All lists fit together: empty, or a sentence. (Which frames are reserved no dump says, so memory().check() asks
    // too much.)
    std::string check() const;

private:
    std::optional<Gfp> mask(std::string_view text);
    bool passes_over(const PageTraceEvent& event, u32 list_head);
    void give_back(Pfn pfn, Order order, u32 zone, u32 cpu, u32 list_head);
    void take(Pfn pfn, Order order);
    void take_block(const BlockRef& block);
    void take_from_pcp(Pfn pfn, Order order);
    void own(Pfn pfn, Order order);
    u32 cpu_of(const PageTraceEvent& event) const { return event.cpu < memory_.cpus() ? event.cpu : 0; }
    u32 zone_of(Pfn pfn) const { return memory_.zone_of(pfn)->position; }

    PageAllocator memory_;
    std::vector<std::pair<std::string_view, std::optional<Gfp>>> masks_;  // few, and each many thousand times
    Trace nobody_;
};

}  // namespace mmscope
