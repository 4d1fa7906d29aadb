#include "mm/swap_space.h"

#include <algorithm>
#include <cassert>

namespace mmscope {

bool SwapSpace::has_number() const {
    const auto is_used = [](const SwapArea& area) { return area.is_used; };
    return std::count_if(areas_.begin(), areas_.end(), is_used) < i64{kMostSwapAreas};
}

bool SwapSpace::has_room(u32 pages) const {
    return pages < kMostSwapSlots && words_.size() + pages < kMostSwapSlots;
}

u32 SwapSpace::add(u32 pages, std::optional<i32> priority, i32 first_default, u32 call) {
    assert(pages != 0 && has_room(pages) && has_number());
    u32 number = 0;
    while (number < areas_.size() && areas_[number].is_used) ++number;
    i32 lowest = first_default + 1;
    for (const SwapArea& area : areas_)
        if (area.is_used) lowest = std::min(lowest, area.priority);
    if (number == areas_.size()) areas_.emplace_back();
    SwapArea& area = areas_[number];
    area.is_used = area.is_writable = true;
    area.priority = priority.value_or(lowest - 1);
    area.slots = pages + 1;
    area.first = static_cast<u32>(words_.size());
    area.call = call;
    counts_.resize(counts_.size() + area.slots, 0);
    words_.resize(words_.size() + area.slots, kNoPfn.value);
    line_up(number);
    return number;
}

// Behind all areas of its priority.
void SwapSpace::line_up(u32 number) {
    const auto behind = std::find_if(order_.begin(), order_.end(), [&](u8 other) {
        return areas_[other].priority < areas_[number].priority;
    });
    order_.insert(behind, static_cast<u8>(number));
}

void SwapSpace::begin_removal(u32 number) {
    areas_[number].is_writable = false;
    if (areas_[number].priority >= 0) return;
    auto behind = std::find(order_.begin(), order_.end(), static_cast<u8>(number));
    while (++behind != order_.end()) ++areas_[*behind].priority;
}

void SwapSpace::cancel_removal(u32 number) {
    areas_[number].is_writable = true;
    order_.erase(std::find(order_.begin(), order_.end(), static_cast<u8>(number)));
    line_up(number);
}

void SwapSpace::remove(u32 number) {
    const SwapArea gone = areas_[number];
    assert(gone.is_used && gone.used == 0);
    counts_.erase(counts_.begin() + gone.first, counts_.begin() + gone.first + gone.slots);
    words_.erase(words_.begin() + gone.first, words_.begin() + gone.first + gone.slots);
    order_.erase(std::find(order_.begin(), order_.end(), static_cast<u8>(number)));
    areas_[number] = {};
    for (SwapArea& area : areas_)
        if (area.is_used && area.first > gone.first) area.first -= gone.slots;
}

SwapEntry SwapSpace::take(Pfn pfn, Pfn* stale) {
    const bool reuses = is_full();
    for (const u8 number : order_) {
        SwapArea& area = areas_[number];
        if (!area.is_writable) continue;
        u32 slot = area.next;
        for (u32 tried = 0; tried < area.pages(); ++tried, slot = slot == area.pages() ? 1 : slot + 1) {
            const u32 at = area.first + slot;
            if (reuses && counts_[at] == 0 && is_in_use(at)) {
                *stale = page_word::page(words_[at]);
                return {};
            }
            if (is_in_use(at)) continue;
            words_[at] = pfn.value;
            ++area.used;
            area.next = slot == area.pages() ? 1 : slot + 1;
            order_.erase(std::find(order_.begin(), order_.end(), number));
            line_up(number);
            return SwapEntry::of(number, slot);
        }
    }
    return {};
}

void SwapSpace::put(SwapEntry entry) {
    assert(counts_[place(entry)] != 0);
    --counts_[place(entry)];
    release(entry);
}

void SwapSpace::uncache(SwapEntry entry, u32 word) {
    words_[place(entry)] = word;
    release(entry);
}

// A slot that nobody uses any more is free, and its shadow goes with it.
void SwapSpace::release(SwapEntry entry) {
    if (is_in_use(place(entry))) return;
    words_[place(entry)] = kNoPfn.value;
    --areas_[entry.area()].used;
}

u32 SwapSpace::total() const {
    u32 sum = 0;
    for (const SwapArea& area : areas_) sum += area.is_writable ? area.pages() : 0;
    return sum;
}

u32 SwapSpace::free() const {
    u32 sum = 0;
    for (const SwapArea& area : areas_) sum += area.is_writable ? area.pages() - area.used : 0;
    return sum;
}

u32 SwapSpace::cached_pages() const {
    const auto is_cached = [](u32 word) { return page_word::page(word) != kNoPfn; };
    return static_cast<u32>(std::count_if(words_.begin(), words_.end(), is_cached));
}

SwapSpace SwapSpace::without_slots() const {
    SwapSpace space;
    space.areas_ = areas_;
    space.order_ = order_;
    return space;
}

std::string SwapSpace::check() const {
    std::size_t slots = 0, used_areas = 0;
    for (u32 number = 0; number < areas_.size(); ++number) {
        const SwapArea& area = areas_[number];
        if (!area.is_used) continue;
        const std::string where = " (area " + std::to_string(number) + ")";
        ++used_areas;
        slots += area.slots;
        if (area.first + area.slots > words_.size()) return "a swap area lies outside the slots" + where;
        u32 used = 0;
        for (u32 at = area.first; at < area.first + area.slots; ++at) used += is_in_use(at) ? 1 : 0;
        if (is_in_use(area.first)) return "a swap area's header is used as a slot" + where;
        if (used != area.used) return "used slots and their count disagree" + where;
        if (area.next == 0 || area.next >= area.slots) return "the next slot lies outside its area" + where;
    }
    if (slots != words_.size() || slots != counts_.size()) return "swap slots belong to no area";
    if (used_areas != order_.size()) return "swap areas and their order disagree";
    for (std::size_t at = 1; at < order_.size(); ++at)
        if (areas_[order_[at - 1]].priority < areas_[order_[at]].priority) return "swap areas are out of order";
    return "";
}

}  // namespace mmscope
