// malloc() of a process, as user space keeps it: chunks of its heap, first the best fit, then more from brk.
//
//   start_brk [ used ][ free ][ used ][ top ............ ] brk
//
// The kernel knows nothing of this: it sees brk() grow by what is missing and 128 KiB more, and mmap() for requests of
// 128 KiB and above. A chunk is the request and 8 bytes in units of 16, at least 32. Chunks are kept beside the memory,
// so malloc() itself touches no page; the C library writes sizes before each chunk. Left out: arenas, tcache, bins, a
// threshold that moves. (glibc's malloc.c in outline)
#pragma once

#include <string>
#include <vector>

#include "base/types.h"

namespace mmscope {

inline constexpr u64 kMmapThreshold = 128 * 1024;  // M_MMAP_THRESHOLD
inline constexpr u64 kTopPad = 128 * 1024;         // M_TOP_PAD, and M_TRIM_THRESHOLD
inline constexpr u64 kChunkHeader = 16;            // from a chunk to what malloc returns

class UserHeap {
public:
    static u64 chunk_size(u64 bytes) { return bytes + 8 < 32 ? 32 : (bytes + 8 + 15) & ~u64{15}; }

    // What malloc returns: an address in a free chunk or in the top; 0: the heap must grow by grow_by().
    u64 take(u64 bytes);
    // How much further brk must be for a request (sysmalloc), in whole pages.
    u64 grow_by(u64 bytes) const;
    void grown(u64 start, u64 end);  // the heap now reaches from its start to here
    // Frees what malloc returned. False: it did not return this.
    bool give_back(u64 address);
    // How much brk may shrink after a free (systrim), in whole pages; 0: not worth it.
    u64 trim_by() const;
    bool knows(u64 address) const;
    u64 top_bytes() const { return end_ - top_; }

    // Requests that have an area of their own.
    void add_area(u64 address, u64 bytes) { areas_.push_back({address, bytes, true}); }
    u64 take_area(u64 address);  // its bytes; 0: there is none

    u64 bytes() const { return (chunks_.size() + areas_.size()) * sizeof(Chunk) + sizeof *this; }
    std::string check() const;

private:
    struct Chunk {
        u64 address = 0;
        u64 bytes = 0;
        bool is_used = false;
    };
    std::vector<Chunk> chunks_;  // by address, without the top
    std::vector<Chunk> areas_;
    u32 free_ = 0;  // chunks that are
    u64 top_ = 0;
    u64 end_ = 0;
};

}  // namespace mmscope
