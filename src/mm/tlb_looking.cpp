// What is asked of a Tlb and changes nothing: cycles, views of entries, and whether it is sound.
#include <algorithm>

#include "mm/tlb.h"
#include "mm/tlb_tags.h"

namespace mmscope {

u64 Tlb::cycles() const {
    u64 l2_hits = 0;
    for (u32 side = 0; side < kTlbSides; ++side) {
        if (has_l2_[side]) l2_hits += counts_.l1_misses[side] - counts_.walks[side];
    }
    return l2_hits * geometry_.l2_hit_cycles + counts_.entries_read * geometry_.entry_read_cycles;
}

u32 Tlb::next_victim(const Structure& structure, u32 set) const {
    const u32 first = structure.first + set * structure.shape.ways;
    return victim(keys_.data() + first, order_.data() + first, structure.shape.ways);
}

std::optional<Tlb::View> Tlb::view(const Structure& structure, u32 set, u32 way) const {
    const u32 first = structure.first + set * structure.shape.ways;
    const u64 key = keys_[first + way];
    if (key == 0) return std::nullopt;
    View view{key >> 16,
              static_cast<u16>(key >> 4 & (kAsids - 1)),
              (key & kGlobal) != 0 ? Scope::global : Scope::asid,
              static_cast<PageSize>(key >> 1 & 3),
              0,
              translations_[first + way]};
    if (geometry_.policy == TlbPolicy::lru) {
        const u64* const order = order_.data() + first;
        view.age = static_cast<u32>(
            std::count_if(order, order + structure.shape.ways, [&](u64 other) { return other > order[way]; }));
    }
    return view;
}

std::string Tlb::check() const {
    for (const Structure& structure : structures_) {
        const u32 ways = structure.shape.ways;
        for (u32 set = 0; set < structure.shape.sets(); ++set) {
            const u64* const keys = keys_.data() + structure.first + set * ways;
            const u64* const order = order_.data() + structure.first + set * ways;
            const u64 newest = newest_[structure.first_set + set];
            if (newest != 0 && std::find(keys, keys + ways, newest) == keys + ways)
                return "the newest entry of a set is not in it";
            for (u32 way = 0; way < ways; ++way) {
                const bool is_lru = geometry_.policy == TlbPolicy::lru;
                if (is_lru && (keys[way] == 0) != (order[way] == way))
                    return "a free way has an age, or an entry has none";
                if (is_lru ? order[way] >> 16 > clock_ || (order[way] & 0xffff) != way : order[way] > 1)
                    return "an entry was used after now, or a tree's bit is no bit";
                if (keys[way] == 0) continue;
                if (tags_[static_cast<std::size_t>(keys - keys_.data()) + way] != tag_of(keys[way]))
                    return "an entry has another one's tag";
                if (set_of(structure, keys[way]) != set) return "an entry is in a set of another page";
                if ((keys[way] & kGlobal) != 0 && (keys[way] >> 4 & (kAsids - 1)) != 0)
                    return "a global entry has an ASID";
                if (std::find(keys, keys + way, keys[way]) != keys + way) return "two entries of a set are the same";
                if (is_lru && keys[way] != newest && newest != 0 &&
                    order[way] > order[std::find(keys, keys + ways, newest) - keys])
                    return "an entry is newer than the newest of its set";
            }
        }
    }
    return {};
}

}  // namespace mmscope
