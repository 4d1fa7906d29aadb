#include "play/tlb_trace.h"

#include <algorithm>

namespace mmscope {

namespace {

constexpr std::size_t kSlice = 1U << 16;  // bytes of text read at a time, whatever the length of a piece

}  // namespace

// A run is lengthened although the other side had accesses since: they don't touch this side's L1, and a page that hits
// there is asked of nothing else.
void TlbTrace::add(TlbSide side, u64 first_page, u64 last_page) {
    std::size_t& open = open_[static_cast<u32>(side)];
    for (u64 page = first_page; page <= last_page; ++page) {
        if (open != 0 && runs_[open - 1].page() == page && runs_[open - 1].accesses() < TlbRun::kMost) {
            ++runs_[open - 1].bits;
        } else {
            runs_.emplace_back(page, side, 1);
            open = runs_.size();
        }
    }
}

void TlbTrace::play() {
    const u32 shift = page_shift(size_);
    runs_.clear();
    open_[0] = open_[1] = 0;
    for (const MemoryReference& one : references_) {
        const TlbSide side = one.kind == MemoryReference::Kind::fetch ? TlbSide::instruction : TlbSide::data;
        const u64 first = one.address >> shift;
        const u64 last = (one.address + (one.size - 1U)) >> shift;
        add(side, first, last);
        if (one.kind == MemoryReference::Kind::modify) add(side, first, last);
    }
    tlb_.run(runs_, size_);
    references_.clear();
}

void TlbTrace::read(std::string_view piece) {
    while (!piece.empty()) {
        const std::string_view slice = piece.substr(0, kSlice);
        reader_.read(slice, &references_);
        play();
        piece.remove_prefix(slice.size());
    }
}

void TlbTrace::finish() {
    reader_.finish(&references_);
    play();
}

}  // namespace mmscope
