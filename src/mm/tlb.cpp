#include "mm/tlb.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "mm/tlb_tags.h"

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

// No branch on what cannot be foreseen.
inline u64 less_of(u64 a, u64 b) { return a ^ ((a ^ b) & (u64{0} - u64{b < a})); }

inline u64 least_of(const u64* values, u32 count) {
    u64 least[2] = {values[0], ~u64{0}};  // neither waits for the other
    u32 at = 1;
    for (; at + 2 <= count; at += 2)
        for (u32 lane = 0; lane < 2; ++lane) least[lane] = less_of(least[lane], values[at + lane]);
    if (at < count) least[1] = less_of(least[1], values[at]);
    return less_of(least[0], least[1]);
}

}  // namespace

// ---- building ----

Tlb::Tlb(const TlbGeometry& geometry, u32 levels) : geometry_(geometry), levels_(levels) {
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
    newest_.push_back(0);
    for (const TlbSide side : kSides) {
        has_l2_[static_cast<u32>(side)] = geometry.has_l2(side);
        for (const PageSize size : kSizes)
            front_[static_cast<u32>(side)][static_cast<u32>(size)] = front_of(side, size);
    }
}

Tlb::Front Tlb::front_of(TlbSide side, PageSize size) const {
    const Structure* l1 = structure(1, side, size);
    if (l1 == nullptr || !l1->is_masked) return {0, newest_.size() - 1};
    return {l1->set_mask, l1->first_set};
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
    tags_.resize(keys_.size() + kTagsReadBeyond);
    translations_.resize(keys_.size());
    newest_.resize(newest_.size() + shape.sets());
    return static_cast<u8>(structures_.size() - 1);
}

// ---- one set ----

inline Tlb::Set Tlb::set_for(const Structure& structure, u64 key) {
    const u32 set = set_of(structure, key);
    const u32 first = structure.first + set * structure.shape.ways;
    return {keys_.data() + first, tags_.data() + first, order_.data() + first, newest_.data() + structure.first_set + set,
            translations_.data() + first, structure.shape.ways};
}

inline u32 Tlb::find(const Set& set, u64 key) {
    for (u32 from = 0; from < set.ways; from += kMostTagsAtOnce) {
        const u32 count = std::min(set.ways - from, kMostTagsAtOnce);
        for (u32 left = matching_tags(set.tags + from, count, tag_of(key)); left != 0; left &= left - 1) {
            const u32 way = from + static_cast<u32>(std::countr_zero(left));
            if (set.keys[way] != key) [[unlikely]] continue;
            touch(set, way);
            return way;
        }
    }
    return kNoWay;
}

inline void Tlb::touch(const Set& set, u32 way) {
    *set.newest = set.keys[way];
    if (geometry_.policy == TlbPolicy::lru) {
        set.order[way] = ++clock_ << kWayBits | way;
        return;
    }
    // Every node on the path to the way points to the other part.
    for (u32 low = 0, high = set.ways; high - low > 1;) {
        const u32 middle = low + (high - low) / 2;
        set.order[middle] = way < middle ? 1 : 0;
        (way < middle ? high : low) = middle;
    }
}

u32 Tlb::victim(const u64* keys, const u64* order, u32 ways) const {
    if (geometry_.policy == TlbPolicy::lru) return static_cast<u32>(least_of(order, ways) & (kMostTlbEntries - 1));
    if (const u64* free = std::find(keys, keys + ways, 0); free != keys + ways) return static_cast<u32>(free - keys);
    u32 low = 0;
    for (u32 high = ways; high - low > 1;) {
        const u32 middle = low + (high - low) / 2;
        (order[middle] == 0 ? high : low) = middle;
    }
    return low;
}

inline void Tlb::insert(const Set& set, u64 key, Translation translation) {
    const u32 way = victim(set.keys, set.order, set.ways);
    set.keys[way] = key;
    set.tags[way] = tag_of(key);
    set.translations[way] = translation;
    touch(set, way);
}

// ---- references ----

const Tlb::Structure* Tlb::structure(u32 level, TlbSide side, PageSize size) const {
    const u8 route = route_[level - 1][static_cast<u32>(side)][static_cast<u32>(size)];
    return route == kNoStructure ? nullptr : &structures_[route];
}

// Pages of every size that was ever filled, this ASID's and global ones.
bool Tlb::find_page(u32 level, TlbSide side, VirtAddr address, u64* key, Translation* translation) {
    for (const PageSize size : kSizes) {
        const Structure* holder = structure(level, side, size);
        if (holder == nullptr || (sizes_used_ >> static_cast<u32>(size) & 1) == 0) continue;
        for (const u64 scope_key : {asid_key_, kGlobal}) {
            if (scope_key == kGlobal && !has_globals_) continue;
            *key = key_of(address, size, scope_key);
            const Set set = set_for(*holder, *key);
            const u32 way = find(set, *key);
            if (way == kNoWay) continue;
            *translation = set.translations[way];
            return true;
        }
    }
    return false;
}

Tlb::Found Tlb::look_up(TlbSide side, VirtAddr address) {
    const u32 number = static_cast<u32>(side);
    u64 key = 0;
    Translation translation;
    ++counts_.lookups[number];
    if (find_page(1, side, address, &key, &translation)) return {TlbLevel::l1, translation, size_of(key)};
    ++counts_.l1_misses[number];
    if (!find_page(2, side, address, &key, &translation)) return {};
    insert(set_for(*structure(1, side, size_of(key)), key), key, translation);
    return {TlbLevel::l2, translation, size_of(key)};
}

WalkLevel Tlb::begin_walk(TlbSide side, VirtAddr address, WalkLevel last_read) {
    const u32 last = static_cast<u32>(last_read);
    const u32 top = std::min(levels_ - 1, static_cast<u32>(WalkLevel::pml4));
    u32 begin = top;
    for (u32 level = last; level < top; ++level) {
        if (walk_route_[level] == kNoStructure) continue;
        const u64 key = walk_key(address, level, asid_key_);
        if (find(set_for(structures_[walk_route_[level]], key), key) == kNoWay) continue;
        begin = level;
        break;
    }
    // Each entry read above the leaf is remembered, as the parent of the level below it.
    for (u32 level = begin; level-- > last;) {
        if (walk_route_[level] == kNoStructure) continue;
        const u64 key = walk_key(address, level, asid_key_);
        insert(set_for(structures_[walk_route_[level]], key), key, {});
    }
    ++counts_.walks[static_cast<u32>(side)];
    ++counts_.walks_begun[begin];
    counts_.entries_read += begin - last + 1 + (begin == top ? levels_ - 1 - top : 0);
    return static_cast<WalkLevel>(begin);
}

void Tlb::fill(TlbSide side, VirtAddr address, PageSize size, Scope scope, Translation translation) {
    const u64 key = key_of(address, size, scope == Scope::global ? kGlobal : asid_key_);
    sizes_used_ = static_cast<u8>(sizes_used_ | 1U << static_cast<u32>(size));
    has_globals_ |= scope == Scope::global;
    for (u32 level = 2; level > 0; --level) {
        const Structure* holder = structure(level, side, size);
        if (holder == nullptr) continue;
        const Set set = set_for(*holder, key);
        const u32 way = find(set, key);
        if (way == kNoWay) insert(set, key, translation);
        else set.translations[way] = translation;
    }
}

TlbLevel Tlb::miss_newest(TlbSide side, VirtAddr address, PageSize size) {
    const u32 number = static_cast<u32>(side);
    if ((sizes_used_ & ~(1U << static_cast<u32>(size))) != 0 || has_globals_) {
        const Found found = look_up(side, address);
        if (found.level == TlbLevel::walk) begin_walk(side, address, size), fill(side, address, size, Scope::asid, {});
        return found.level;
    }
    // The same where nothing but pages of this size was ever filled: one set a level, which is looked for once.
    sizes_used_ = static_cast<u8>(1U << static_cast<u32>(size));
    const u64 key = key_of(address, size, asid_key_);
    const Set l1 = set_for(*structure(1, side, size), key);
    ++counts_.lookups[number];
    if (find(l1, key) != kNoWay) return TlbLevel::l1;
    ++counts_.l1_misses[number];
    const Structure* const holder = structure(2, side, size);
    const Set l2 = holder == nullptr ? Set{} : set_for(*holder, key);
    const u32 way = find(l2, key);
    if (way == kNoWay) {
        begin_walk(side, address, size);
        if (holder != nullptr) insert(l2, key, {});
    }
    insert(l1, key, way == kNoWay ? Translation{} : l2.translations[way]);
    return way == kNoWay ? TlbLevel::walk : TlbLevel::l2;
}

// For run(): the newest pages of L1's sets, of both sides in one array, each with its side in bit 0. They are looked up
// by as many bits as the larger side needs, so a set of the smaller one has several places, one of which is filled.
class Tlb::NewestPages {
public:
    NewestPages(const Tlb& tlb, PageSize size) {
        const Structure* l1[kTlbSides];
        for (const TlbSide side : kSides) {
            const u32 number = static_cast<u32>(side);
            l1[number] = tlb.structure(1, side, size);
            strides_[number] = std::size_t{2} * l1[number]->shape.sets();
        }
        if (!l1[0]->is_masked || !l1[1]->is_masked) return;  // no word is found: all go the long way
        words_.assign(std::max(strides_[0], strides_[1]), kNone);
        mask_ = words_.size() - 1;
        const u64 rest_of_key = key_of({0}, size, tlb.asid_key_);
        for (u32 side = 0; side < kTlbSides; ++side)
            for (u32 set = 0; set < l1[side]->shape.sets(); ++set) {
                const u64 key = tlb.newest_[l1[side]->first_set + set];
                if ((key & 0xffff) == rest_of_key) note(key >> 16 << 1 | side);
            }
    }
    // A word is a page number with its side below it.
    const u64* words() const { return words_.data(); }
    std::size_t mask() const { return mask_; }
    void note(u64 word) {
        if (mask_ == 0) return;
        const std::size_t stride = strides_[word & 1];
        const std::size_t low = static_cast<std::size_t>(word);
        for (std::size_t at = low & (stride - 1); at < words_.size(); at += stride) words_[at] = kNone;
        words_[low & mask_] = word;
    }

private:
    static constexpr u64 kNone = ~u64{0};
    std::vector<u64> words_ = {kNone};
    std::size_t mask_ = 0;
    std::size_t strides_[kTlbSides] = {};
};

void Tlb::run(std::span<const TlbRun> runs, PageSize size) {
    const u32 shift = page_shift(size);
    NewestPages newest(*this, size);
    const u64* const words = newest.words();
    const std::size_t mask = newest.mask();
    const auto hits = [&](TlbRun one) { return words[static_cast<std::size_t>(one.word()) & mask] == one.word(); };
    // Sums in registers, not by side in memory: to add to what was just stored takes longer than all the rest.
    u64 all = 0;
    u64 data = 0;
    const auto count = [&](TlbRun one) {
        all += one.accesses();
        data += one.accesses() & (0 - u64{one.side()});
    };
    const TlbRun* one = runs.data();
    const TlbRun* const end = one + runs.size();
    while (one != end) {
        // Most hit, so four are asked about at a time.
        for (; end - one >= 4 && (u32{hits(one[0])} & u32{hits(one[1])} & u32{hits(one[2])} & u32{hits(one[3])}) != 0; one += 4)
            count(one[0]), count(one[1]), count(one[2]), count(one[3]);
        for (; one != end && hits(*one); ++one) count(*one);
        if (one == end) break;
        count(*one);
        --counts_.lookups[one->side()];  // the first of them is counted there
        miss_newest(static_cast<TlbSide>(one->side()), {one->page() << shift}, size);
        newest.note(one->word());
        ++one;
    }
    counts_.lookups[0] += all - data;
    counts_.lookups[1] += data;
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
            tags_[entry] = 0;
            if (geometry_.policy == TlbPolicy::lru)
                order_[entry] = unused_order((entry - structure.first) % structure.shape.ways);
        }
    }
}

void Tlb::invlpg(VirtAddr address) {
    ++counts_.invlpg;
    forget(address);
}

void Tlb::forget(VirtAddr address) {
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
