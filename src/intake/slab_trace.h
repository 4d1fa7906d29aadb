// The text of /sys/kernel/tracing/trace, event by event: what a real workload asked of the slab allocator.
//
//   kmalloc: call_site=load_elf_phdrs+0x49/0x80 ptr=000000002cd61d61 bytes_req=560 bytes_alloc=1024
//   gfp_flags=GFP_KERNEL
//       node=-1 accounted=false
//   kmem_cache_alloc: (the same fields)      kmem_cache_free: call_site=... ptr=... name=filp      kfree: call_site=...
//   ptr=...
//
// Only these events are given, kmalloc_node and kmem_cache_alloc_node (until 6.0) among them; others are counted.
// bytes_req of a cache's object is the size of its objects. A pointer is a hash of the address: it tells the same
// object again, and nothing of where it lies. What cannot be read is passed over (intake/trace_lines.h).
#pragma once

#include <optional>
#include <string_view>

#include "intake/trace_lines.h"

namespace mmscope {

struct SlabTraceEvent {
    enum class Kind : u8 { kmalloc, cache_alloc, kfree, cache_free };
    Kind kind = Kind::kfree;
    u32 line = 0;
    u64 pointer = 0;    // 0: NULL, or not shown
    u64 bytes_req = 0;  // of the allocations
    u64 bytes_alloc = 0;
    bool is_accounted = false;   // to a cgroup, by the mask or by the cache; false before 6.1, which does not say
    std::string_view call_site;  // "load_elf_phdrs+0x49/0x80"
    std::string_view gfp;        // of the allocations: "GFP_KERNEL|__GFP_ZERO"
    std::string_view name;       // cache_free: of the cache; empty before 5.12, which does not say
};

class SlabTraceReader {
public:
    explicit SlabTraceReader(std::string_view text) : lines_(text) {}

    std::optional<SlabTraceEvent> next();   // nothing at the end
    u32 others() const { return others_; }  // events of other kinds so far
    const TraceLineReader& lines() const { return lines_; }

private:
    TraceLineReader lines_;
    u32 others_ = 0;
};

// What a trace tells of: it is read until both are found, or to its end.
struct TraceSubjects {
    bool has_pages = false;
    bool has_slabs = false;
};
TraceSubjects trace_subjects(std::string_view text);

}  // namespace mmscope
