// The last lines of a Mem-Info block: page cache, swap and RAM of the whole machine.
//
//   766 total pagecache pages
//   0 pages in swap cache
//   Free swap  = 0kB
//   Total swap = 0kB
//   262014 pages RAM
//   0 pages HighMem/MovableOnly
//   14241 pages reserved
//
// Kernels differ in which of the other lines they have; those are optional. Swap is in kB, everything else in pages.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "procfs/log_lines.h"

namespace mmscope {

struct RamAndSwap {
    struct SwapCache {
        u64 added = 0, deleted = 0, found = 0, looked_for = 0;
        friend bool operator==(const SwapCache&, const SwapCache&) = default;
    };
    u64 pagecache_pages = 0, swap_cache_pages = 0;
    std::optional<SwapCache> swap_cache;  // 5.10 and older
    u64 free_swap = 0, total_swap = 0;    // kB
    u64 ram_pages = 0, reserved_pages = 0;
    std::optional<u64> highmem_pages;                // "HighMem/MovableOnly"
    std::optional<u64> old_highmem_pages;            // "HighMem" (2.6)
    std::optional<u64> cma_pages, poisoned_pages;    // by configuration
    std::optional<u64> shared_pages, private_pages;  // 2.6
    friend bool operator==(const RamAndSwap&, const RamAndSwap&) = default;
};

// Collects the lines as they come.
class RamAndSwapReader {
public:
    // False if the line is none of these; otherwise `fault` may say what is wrong with it.
    bool read(const LogLines& lines, std::optional<Diagnostic>* fault);
    // A line that every kernel prints and that has not come; empty if all have.
    std::string_view missing() const;
    const RamAndSwap& numbers() const { return numbers_; }

private:
    RamAndSwap numbers_;
    u32 seen_ = 0;
};

void print_ram_and_swap(const RamAndSwap& numbers, std::string* out);

}  // namespace mmscope
