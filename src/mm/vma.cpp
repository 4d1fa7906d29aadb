#include "mm/vma.h"

#include <algorithm>

namespace mmscope {

namespace {

constexpr u64 kTaskSize32 = 0xc0000000;
constexpr u64 kMmapGap = u64{128} << 20;  // below the stack, at least

// The lowest address that a neighbour may reach up to: a stack grows (vm_start_gap).
u64 start_with_gap(const Vma& area) {
    if (!area.has(vm_flag::kGrowsDown)) return area.start;
    return area.start > kStackGuardGap ? area.start - kStackGuardGap : 0;
}

}  // namespace

Mm empty_mm(const PagingMode& mode) {
    Mm mm;
    mm.is_used = true;
    mm.task_size = mode.address_bits == 32 ? kTaskSize32 : (u64{1} << (mode.address_bits - 1)) - kPageSize;
    const u64 top = mm.map_window();
    mm.mmap_base = top - kMmapGap - (mode.address_bits == 32 ? kPageSize : 0);
    mm.start_stack = top;
    return mm;
}

u32 Mm::find_vma(u64 address) const {
    const auto found =
        std::upper_bound(areas.begin(), areas.end(), address, [](u64 at, const Vma& area) { return at < area.end; });
    return static_cast<u32>(found - areas.begin());
}

const Vma* Mm::area_of(u64 address) const {
    const u32 at = find_vma(address);
    return at < areas.size() && areas[at].start <= address ? &areas[at] : nullptr;
}

bool Mm::is_free(u64 start, u64 end) const {
    const u32 at = find_vma(start);
    return at == areas.size() || areas[at].start >= end;
}

// Top down first, then from a third of the address space up, as arch_get_unmapped_area_topdown falls back.
std::optional<u64> Mm::unmapped_area(u64 bytes, u64 hint, u64 alignment) const {
    const u64 limit = hint > map_window() ? task_size : map_window();
    u64 high = mmap_base + (limit - map_window());
    for (std::size_t at = areas.size() + 1; at-- > 0;) {
        const u64 low = at == 0 ? kLeastMapAddress : std::max(areas[at - 1].end, kLeastMapAddress);
        if (at < areas.size()) high = std::min(high, start_with_gap(areas[at]));
        if (high > low && high - low >= bytes && ((high - bytes) & ~(alignment - 1)) >= low)
            return (high - bytes) & ~(alignment - 1);
    }
    u64 low = page_floor(map_window() / 3);
    for (std::size_t at = 0; at <= areas.size(); ++at) {
        const u64 end = at < areas.size() ? std::min(start_with_gap(areas[at]), limit) : limit;
        const u64 aligned = (low + alignment - 1) & ~(alignment - 1);
        if (end > aligned && end - aligned >= bytes) return aligned;
        if (at < areas.size()) low = std::max(low, areas[at].end);
    }
    return std::nullopt;
}

bool Mm::can_merge(const Vma& before, const Vma& after) const {
    const bool is_continued = before.end == after.start && before.pgoff + before.pages() == after.pgoff;
    const bool is_one_anon = before.anon_vma == after.anon_vma || before.anon_vma == 0 || after.anon_vma == 0;
    const bool may_grow = !before.has(vm_flag::kDontExpand);  // hugetlb memory may not (VM_SPECIAL)
    return is_continued && is_one_anon && may_grow && before.flags == after.flags && before.file == after.file;
}

Mm::Merged Mm::insert(const Vma& area) {
    u32 at = find_vma(area.start);
    const bool with_before = at > 0 && can_merge(areas[at - 1], area);
    const bool with_after = at < areas.size() && can_merge(area, areas[at]);
    total_vm += area.pages();
    most_vm = std::max(most_vm, total_vm);
    if (with_before) {
        Vma& before = areas[at - 1];
        before.end = area.end;
        before.anon_vma = std::max(before.anon_vma, area.anon_vma);
        if (!with_after || !can_merge(before, areas[at])) return Merged::before;
        before.end = areas[at].end;
        before.anon_vma = std::max(before.anon_vma, areas[at].anon_vma);
        areas.erase(areas.begin() + at);
        return Merged::both;
    }
    if (with_after) {
        areas[at].start = area.start;
        areas[at].pgoff = area.pgoff;
        areas[at].anon_vma = std::max(areas[at].anon_vma, area.anon_vma);
        return Merged::after;
    }
    areas.insert(areas.begin() + at, area);
    return Merged::none;
}

void Mm::split(u64 address) {
    const u32 at = find_vma(address);
    if (at == areas.size() || areas[at].start >= address) return;
    Vma upper = areas[at];
    upper.pgoff = upper.file_page(address);
    upper.start = address;
    areas[at].end = address;
    areas.insert(areas.begin() + at + 1, upper);
}

std::vector<Vma> Mm::remove(u64 start, u64 end) {
    split(start);
    split(end);
    const auto first = areas.begin() + find_vma(start);
    auto last = first;
    while (last != areas.end() && last->start < end) total_vm -= (last++)->pages();
    std::vector<Vma> gone(first, last);
    areas.erase(first, last);
    return gone;
}

void Mm::merge(u64 start, u64 end) {
    u32 at = find_vma(start);
    if (at > 0) --at;
    while (at + 1 < areas.size() && areas[at].start <= end) {
        if (!can_merge(areas[at], areas[at + 1])) {
            ++at;
            continue;
        }
        areas[at].end = areas[at + 1].end;
        areas[at].anon_vma = std::max(areas[at].anon_vma, areas[at + 1].anon_vma);
        areas.erase(areas.begin() + at + 1);
    }
}

std::string Mm::check() const {
    u64 pages = 0;
    for (std::size_t at = 0; at < areas.size(); ++at) {
        const Vma& area = areas[at];
        const std::string where = " (process " + std::to_string(owner) + ", area " + std::to_string(at) + ")";
        if (area.start >= area.end || ((area.start | area.end) & (kPageSize - 1)) != 0)
            return "an area is empty or no whole pages" + where;
        if (area.end > task_size) return "an area leaves the process's half" + where;
        if (area.is_anonymous() && !area.is_hugetlb() && area.pgoff != area.start >> kPageShift)
            return "anonymous memory is numbered otherwise than by its address" + where;
        if (at + 1 < areas.size() && area.end > areas[at + 1].start) return "two areas overlap" + where;
        pages += area.pages();
    }
    return pages == total_vm ? "" : "the areas and total_vm disagree (process " + std::to_string(owner) + ")";
}

}  // namespace mmscope
