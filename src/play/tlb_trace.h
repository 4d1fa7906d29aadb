// A program's memory references, played through the TLBs of one CPU as their text comes in.
//
// Each reference is an access of the instruction side (a fetch) or the data side to every page that it touches; a
// modify loads all of them and then stores to all of them. Accesses are handed to the Tlb in runs: with page sizes of 4
// KiB six in seven follow one to the same page. Every page is mapped with the same size, in one address space.
#pragma once

#include <string_view>
#include <vector>

#include "intake/lackey.h"
#include "mm/tlb.h"

namespace mmscope {

// What a trace came to, as the command's table and the page's have it.
struct TlbReport {
    struct Level {
        std::string_view name;  // "L1D"
        u64 accesses = 0;
        u64 hits = 0;
        u64 misses = 0;
    };
    struct Begun {
        std::string_view level;  // of the page table at which walks began, "PML4"
        u64 walks = 0;
    };
    u64 references = 0;
    u64 by_kind[kMemoryReferenceKinds] = {};
    std::vector<Level> levels;  // L2 only where there is one
    u64 walks = 0;
    std::vector<Begun> begun;
    u64 entries_read = 0;  // by walks
    u64 l2_cycles = 0;     // spent on what L1 missed and L2 had
    u64 walk_cycles = 0;   // on walks
    u64 cycles() const { return l2_cycles + walk_cycles; }
};

class TlbTrace {
public:
    explicit TlbTrace(const TlbGeometry& geometry, PageSize size = PageSize::size_4k) : tlb_(geometry), size_(size) {}

    // The next piece of a lackey trace, of any length, cut anywhere; then its end.
    void read(std::string_view piece);
    void finish();

    const Tlb& tlb() const { return tlb_; }
    const LackeyReader& reader() const { return reader_; }
    PageSize page_size() const { return size_; }
    TlbReport report() const;

private:
    void play();
    void add(TlbSide side, u64 first_page, u64 last_page);

    Tlb tlb_;
    PageSize size_;
    LackeyReader reader_;
    std::vector<MemoryReference> references_;  // of one piece; kept for its room
    std::vector<TlbRun> runs_;
    std::size_t open_[kTlbSides] = {};  // 1 + the place of the run that a side's next access may lengthen; 0: none
};

}  // namespace mmscope
