// obj-SIZE.txt of the capture module: objects of one cache, allocated and freed one by one, and the cache's counters.
//
//   OC size=64 align=0 objsize=64          kmem_cache_create
//   OA 0 pfn=14743 off=1152                an object was given: its frame, its offset in that in bytes
//   OF 383 pfn=14748 off=3840              it was freed
//
// The number is the object's place in the module's list of those it has, which closes up where one is freed.
//
// obj-SIZE.stats.txt beside it has the counters of /sys/kernel/slab, with what was done since the line before:
//
//   ST alloc+8 slabs=[1 N0=1] objects=[64 N0=64] ... slabs_cpu_partial=[32(1) C0=32(1)]
//   ST free-fifo-all ...                   all that were left
//   ST shrink ...
//
// Of the numbers between brackets only the first counts: the sum over nodes and CPUs.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"

namespace mmscope {

struct ObjectStep {
    enum class Kind : u8 { alloc, free };
    Kind kind = Kind::alloc;
    u32 line = 0;
    u32 number = 0;
    Pfn pfn;
    u32 offset = 0;
    u64 place() const { return u64{pfn.value} * kPageSize + offset; }  // names the object
};

struct ObjectCapture {
    u32 size = 0;   // as asked for
    u32 align = 0;
    std::vector<ObjectStep> steps;
};

struct ObjectState {
    enum class Since : u8 { nothing, allocs, frees, shrink };
    static constexpr u32 kAll = 0xffffffffU;
    u32 line = 0;
    Since since = Since::nothing;  // what was done before it
    u32 count = 0;                 // how often; kAll: as long as the capture goes on in the same way
    u32 slabs = 0;
    u32 objects = 0;
    u32 total_objects = 0;
    u32 partial = 0;
    u32 objects_partial = 0;
    u32 cpu_slabs = 0;
    u32 cpu_partial_slabs = 0;     // the number in round brackets
};

bool is_object_capture(std::string_view text);
bool is_object_states(std::string_view text);
// Errors: a line in another form, no OC line, an object given twice or freed without being given.
Result<ObjectCapture> parse_object_capture(std::string_view text);
Result<std::vector<ObjectState>> parse_object_states(std::string_view text);

}  // namespace mmscope
