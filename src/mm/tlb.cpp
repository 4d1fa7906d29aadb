#include "mm/tlb.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace mmscope {

namespace {

constexpr u64 kAsidMask = u64{kAsids - 1} << 4;
constexpr PageSize kSizes[] = {PageSize::size_4k, PageSize::size_2m, PageSize::size_1g};
constexpr u32 kWayBits = 16;
static_assert(kMostTlbEntries == 1U << kWayBits);
constexpr TlbSide kSides[] = {TlbSide::instruction, TlbSide::data};

// The entry of the level above `level` that translates the address: bits 21, 30 or 39 and up.
constexpr u32 walk_shift(u32 level) { return 21 + 9 * level; }

constexpr u64 walk_key(VirtAddr address, u32 level, u64 asid_key) {
    return (address.value >> walk_shift(level)) << 16 | asid_key | 1;
}

}  // namespace

// ---- building ----

Tlb::Tlb(const TlbGeometry& geometry) : geometry_(geometry) {
    std::vector<const TlbShape*> shapes;
    for (u32 level = 0; level < 2; ++level) {
        for (const TlbSide side : kSides) {
            for (const PageSize size : kSizes) {
                u8& route = route_[level][static_cast<u32>(side)][static_cast<u32>(size)];
                const TlbShape* shape = geometry.shape(level + 1, side, size);
                const auto known = std::find(shapes.begin(), shapes.end(), shape);
                route = shape == nullptr ? kNoStructure : static_cast<u8>(known - shapes.begin());
                if (shape == nullptr || known != shapes.end()) continue;
                shapes.push_back(shape);
                add_structure(*shape, static_cast<u8>(level + 1));
            }
        }
    }
    for (u32 level = 0; level < kWalkLevels; ++level) {
        const u32 entries = geometry.walk_cache_entries[level];
        walk_route_[level] = entries == 0 ? kNoStructure : add_structure({entries, entries}, 0);
    }
    for (const TlbSide side : kSides) has_l2_[static_cast<u32>(side)] = geometry.has_l2(side);
}

u8 Tlb::add_structure(const TlbShape& shape, u8 level) {
    Structure structure{shape,
                        level,
                        static_cast<u32>(keys_.size()),
                        static_cast<u32>(newest_.size()),
                        shape.sets() - 1,
                        std::has_single_bit(shape.sets())};
    structures_.push_back(structure);
    keys_.resize(keys_.size() + shape.entries);
    for (u32 set = 0; set < shape.sets(); ++set) {
        for (u32 way = 0; way < shape.ways; ++way) order_.push_back(unused_order(way));
    }
    translations_.resize(keys_.size());
    newest_.resize(newest_.size() + shape.sets());
    return static_cast<u8>(structures_.size() - 1);
}

// ---- one structure ----

u32 Tlb::find(const Structure& structure, u64 key) {
    const u32 set = set_of(structure, key);
    const u32 first = structure.first + set * structure.shape.ways;
    const u64* const keys = keys_.data() + first;
    u32 found = kNoWay;
    // To the end although it may have been found: no branch on what cannot be foreseen.
    for (u32 way = 0; way < structure.shape.ways; ++way) found = keys[way] == key ? way : found;
    if (found == kNoWay) return kNoWay;
    touch(structure, set, found);
    return first + found;
}

void Tlb::touch(const Structure& structure, u32 set, u32 way) {
    u64* const order = order_.data() + structure.first + set * structure.shape.ways;
    newest_[structure.first_set + set] = keys_[structure.first + set * structure.shape.ways + way];
    if (geometry_.policy == TlbPolicy::lru) {
        order[way] = ++clock_ << kWayBits | way;
        return;
    }
    // Every node on the path to the way points to the other part.
    for (u32 low = 0, high = structure.shape.ways; high - low > 1;) {
        const u32 middle = low + (high - low) / 2;
        order[middle] = way < middle ? 1 : 0;
        (way < middle ? high : low) = middle;
    }
}

u32 Tlb::next_victim(const Structure& structure, u32 set) const {
    const u32 ways = structure.shape.ways;
    const u64* const keys = keys_.data() + structure.first + set * ways;
    const u64* const order = order_.data() + structure.first + set * ways;
    if (geometry_.policy == TlbPolicy::lru) {
        u64 oldest = order[0];
        for (u32 way = 1; way < ways; ++way) oldest = std::min(oldest, order[way]);
        return static_cast<u32>(oldest & (kMostTlbEntries - 1));
    }
    if (const u64* free = std::find(keys, keys + ways, 0); free != keys + ways) return static_cast<u32>(free - keys);
    u32 low = 0;
    for (u32 high = ways; high - low > 1;) {
        const u32 middle = low + (high - low) / 2;
        (order[middle] == 0 ? high : low) = middle;
    }
    return low;
}

void Tlb::insert(const Structure& structure, u64 key, Translation translation) {
    const u32 set = set_of(structure, key);
    const u32 way = next_victim(structure, set);
    const u32 entry = structure.first + set * structure.shape.ways + way;
    keys_[entry] = key;
    translations_[entry] = translation;
    touch(structure, set, way);
}

// ---- references ----

u32 Tlb::find_page(u32 level, TlbSide side, VirtAddr address) {
    for (const PageSize size : kSizes) {
        const u8 route = route_[level - 1][static_cast<u32>(side)][static_cast<u32>(size)];
        if (route == kNoStructure || (sizes_used_ >> static_cast<u32>(size) & 1) == 0) continue;
        u32 entry = find(structures_[route], key_of(address, size, asid_key_));
        if (entry == kNoWay && has_globals_) entry = find(structures_[route], key_of(address, size, kGlobal));
        if (entry != kNoWay) return entry;
    }
    return kNoWay;
}

Tlb::Found Tlb::look_up(TlbSide side, VirtAddr address) {
    const u32 number = static_cast<u32>(side);
    ++counts_.lookups[number];
    u32 entry = find_page(1, side, address);
    if (entry != kNoWay) return {TlbLevel::l1, translations_[entry]};
    ++counts_.l1_misses[number];
    entry = find_page(2, side, address);
    if (entry == kNoWay) return {};
    const u32 size = static_cast<u32>(keys_[entry] >> 1 & 3);
    insert(structures_[route_[0][number][size]], keys_[entry], translations_[entry]);
    return {TlbLevel::l2, translations_[entry]};
}

WalkLevel Tlb::begin_walk(TlbSide side, VirtAddr address, PageSize leaf) {
    const u32 last = static_cast<u32>(leaf);
    u32 begin = static_cast<u32>(WalkLevel::pml4);
    for (u32 level = last; level < static_cast<u32>(WalkLevel::pml4); ++level) {
        if (walk_route_[level] == kNoStructure) continue;
        if (find(structures_[walk_route_[level]], walk_key(address, level, asid_key_)) == kNoWay) continue;
        begin = level;
        break;
    }
    // Each entry read above the leaf is remembered, as the parent of the level below it.
    for (u32 level = begin; level-- > last;) {
        if (walk_route_[level] != kNoStructure)
            insert(structures_[walk_route_[level]], walk_key(address, level, asid_key_), {});
    }
    ++counts_.walks[static_cast<u32>(side)];
    ++counts_.walks_begun[begin];
    counts_.entries_read += begin - last + 1;
    return static_cast<WalkLevel>(begin);
}

void Tlb::fill(TlbSide side, VirtAddr address, PageSize size, Scope scope, Translation translation) {
    const u64 key = key_of(address, size, scope == Scope::global ? kGlobal : asid_key_);
    sizes_used_ = static_cast<u8>(sizes_used_ | 1U << static_cast<u32>(size));
    has_globals_ |= scope == Scope::global;
    for (u32 level = 2; level-- > 0;) {
        const u8 route = route_[level][static_cast<u32>(side)][static_cast<u32>(size)];
        if (route == kNoStructure) continue;
        const u32 entry = find(structures_[route], key);
        if (entry == kNoWay)
            insert(structures_[route], key, translation);
        else
            translations_[entry] = translation;
    }
}

TlbLevel Tlb::miss_newest(TlbSide side, VirtAddr address, PageSize size) {
    --counts_.lookups[static_cast<u32>(side)];  // look_up counts it
    const Found found = look_up(side, address);
    if (found.level != TlbLevel::walk) return found.level;
    begin_walk(side, address, size);
    sizes_used_ = static_cast<u8>(sizes_used_ | 1U << static_cast<u32>(size));
    for (u32 level = 2; level-- > 0;) {
        const u8 route = route_[level][static_cast<u32>(side)][static_cast<u32>(size)];
        if (route != kNoStructure) insert(structures_[route], key_of(address, size, asid_key_), {});
    }
    return TlbLevel::walk;
}

void Tlb::run(std::span<const TlbRun> runs, PageSize size) {
    const u32 shift = page_shift(size);
    const Structure l1[] = {structures_[route_[0][0][static_cast<u32>(size)]],
                            structures_[route_[0][1][static_cast<u32>(size)]]};
    const u64* const newest[] = {newest_.data() + l1[0].first_set, newest_.data() + l1[1].first_set};
    const u64 rest_of_key = key_of({0}, size, asid_key_);
    u64 accesses[kTlbSides] = {};
    for (const TlbRun& one : runs) {
        const u32 side = one.side();
        const VirtAddr address{one.page() << shift};
        const u64 key = one.page() << 16 | rest_of_key;
        accesses[side] += one.accesses();
        if (newest[side][set_of(l1[side], key)] == key) continue;
        ++counts_.lookups[side];
        --accesses[side];
        miss_newest(static_cast<TlbSide>(side), address, size);
    }
    for (u32 side = 0; side < kTlbSides; ++side) counts_.lookups[side] += accesses[side];
}

// ---- context and flushes ----

void Tlb::set_asid(u32 asid) {
    assert(asid < kAsids);
    asid_ = asid;
    asid_key_ = u64{asid} << 4;
}

template <class Goes>
void Tlb::drop(Goes goes) {
    for (const Structure& structure : structures_) {
        for (u32 entry = structure.first; entry < structure.first + structure.shape.entries; ++entry) {
            const u64 key = keys_[entry];
            if (key == 0 || !goes(structure, key)) continue;
            u64& newest = newest_[structure.first_set + set_of(structure, key)];
            if (newest == key) newest = 0;
            keys_[entry] = 0;
            if (geometry_.policy == TlbPolicy::lru)
                order_[entry] = unused_order((entry - structure.first) % structure.shape.ways);
        }
    }
}

void Tlb::invlpg(VirtAddr address) {
    ++counts_.invlpg;
    drop([&](const Structure& structure, u64 key) {
        const bool is_own = (key & kGlobal) == 0 && (key & kAsidMask) == asid_key_;
        if (structure.level == 0) return is_own;
        const PageSize size = static_cast<PageSize>(key >> 1 & 3);
        return key == key_of(address, size, asid_key_) || key == key_of(address, size, kGlobal);
    });
}

void Tlb::flush_asid(u32 asid) {
    ++counts_.flushes;
    drop([&](const Structure&, u64 key) { return (key & kGlobal) == 0 && (key & kAsidMask) == u64{asid} << 4; });
}

void Tlb::flush_all() {
    ++counts_.flushes;
    drop([](const Structure&, u64) { return true; });
    has_globals_ = false;
}

Tlb::RangeFlush Tlb::flush_range(VirtAddr start, VirtAddr end, PageSize stride) {
    const u32 shift = page_shift(stride);
    if ((end.value - start.value) >> shift > kTlbSinglePageFlushCeiling) {
        flush_asid(asid_);
        return RangeFlush::whole;
    }
    for (u64 at = start.value; at < end.value; at += u64{1} << shift) invlpg({at});
    return RangeFlush::pages;
}

}  // namespace mmscope
