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

TlbReport TlbTrace::report() const {
    const TlbCounts& counts = tlb_.counts();
    TlbReport report;
    report.references = reader_.references();
    for (u32 kind = 0; kind < kMemoryReferenceKinds; ++kind)
        report.by_kind[kind] = reader_.count(static_cast<MemoryReference::Kind>(kind));
    const auto add = [&](std::string_view name, u64 accesses, u64 misses) {
        report.levels.push_back({name, accesses, accesses - misses, misses});
    };
    add("L1I", counts.lookups[0], counts.l1_misses[0]);
    add("L1D", counts.lookups[1], counts.l1_misses[1]);
    // A side without an L2 of its own walks at once.
    u64 lookups = 0, misses = 0;
    bool has_l2 = false;
    for (u32 side = 0; side < kTlbSides; ++side) {
        if (!tlb_.geometry().has_l2(static_cast<TlbSide>(side))) continue;
        has_l2 = true;
        lookups += counts.l1_misses[side];
        misses += counts.walks[side];
    }
    if (has_l2) add("L2", lookups, misses);
    report.walks = counts.walks[0] + counts.walks[1];
    constexpr std::pair<std::string_view, WalkLevel> kBegun[] = {
        {"PML4", WalkLevel::pml4}, {"PDPT", WalkLevel::pdpt}, {"PD", WalkLevel::pd}, {"PT", WalkLevel::pt}};
    for (const auto& [name, level] : kBegun) report.begun.push_back({name, counts.walks_begun[static_cast<u32>(level)]});
    report.entries_read = counts.entries_read;
    report.walk_cycles = report.entries_read * tlb_.geometry().entry_read_cycles;
    report.l2_cycles = tlb_.cycles() - report.walk_cycles;
    return report;
}

void TlbTrace::finish() {
    reader_.finish(&references_);
    play();
}

}  // namespace mmscope
