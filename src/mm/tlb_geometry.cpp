#include "mm/tlb_geometry.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace mmscope {

namespace {

constexpr std::string_view kUnitNames[] = {"l1i", "l1d", "l2", "l2i", "l2d"};
static_assert(std::size(kUnitNames) == TlbGeometry::kUnits);
constexpr std::string_view kSizeEndings[] = {"", "-2m", "-1g"};
static_assert(std::size(kSizeEndings) == kPageSizes);
constexpr std::string_view kWalkCacheNames[] = {"pde", "pdpte", "pml4e"};
constexpr std::string_view kPolicyNames[] = {"lru", "plru"};

// Entries as vendors and boot logs tell them. Ways that are published nowhere are the usual ones for that many entries
// (L1I of Haswell on 4 ways, L2 of Zen 2 on 16, of Zen 4 on 24). Ice Lake's L2 is two halves, one for 4K and 2M, one
// for 4K and 1G: here the large pages have as many entries, but do not take them from the small ones. Where a CPU has
// no entry for 1G pages it caches their parts; here they are in no L2 (0), or in the structure of the 4K pages (L1I).
constexpr NamedTlbGeometry kGeometries[] = {
    {"haswell", "l1i=128/4,l1i-2m=8,l1d=64/4,l1d-2m=32/4,l1d-1g=4,l2=1024/8,l2-1g=0"},
    {"skylake", "l1i=128/8,l1i-2m=8,l1d=64/4,l1d-2m=32/4,l1d-1g=4,l2=1536/12,l2-1g=16/4"},
    {"ice-lake", "l1i=128/8,l1i-2m=16,l1d=64/4,l1d-2m=32/4,l1d-1g=8,l2=2048/16,l2-2m=1024/8,l2-1g=1024/8"},
    {"golden-cove", "l1i=256/8,l1i-2m=32,l1d=96/6,l1d-2m=32/4,l1d-1g=8,l2=2048/16,l2-1g=1024/8"},
    {"zen1", "l1i=64,l1d=64,l2-1g=0,l2i=512/8,l2d=1536/12"},
    {"zen2", "l1i=64,l1d=64,l2-1g=0,l2i=512/8,l2d=2048/16"},
    {"zen3", "l1i=64,l1d=64,l2-1g=0,l2i=512/8,l2d=2048/16"},
    {"zen4", "l1i=64,l1d=72,l2-1g=0,l2i=512/8,l2d=3072/24"},
    {"zen5", "l1i=64,l1d=96,l2i=2048/16,l2d=4096/16"},
};

// Reads `name=value,name=value`. The first fault is the answer.
class GeometryReader {
public:
    explicit GeometryReader(std::string_view text) : text_(text) {}
    Result<TlbGeometry> read();

private:
    bool item(std::string_view item);
    bool shape(std::string_view name, std::string_view value, TlbShape* shape);
    bool number(std::string_view text, u32* value);
    bool once(std::string_view name, bool* was_named);
    bool fail(std::string_view part, Message message) {
        if (!fault_)
            fault_ = {1, static_cast<u32>(part.data() - text_.data()) + 1, static_cast<u32>(part.size()),
                      std::move(message)};
        return false;
    }

    std::string_view text_;
    TlbGeometry geometry_;
    bool has_walk_cache_[kWalkLevels] = {};
    bool has_policy_ = false;
    std::optional<Diagnostic> fault_;
};

bool GeometryReader::number(std::string_view text, u32* value) {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), *value);
    if (read.ec == std::errc() && read.ptr == text.data() + text.size() && *value <= kMostTlbEntries) return true;
    return fail(text, Message("tlb.number").text("found", text.substr(0, 40)).number("most", kMostTlbEntries));
}

bool GeometryReader::shape(std::string_view name, std::string_view value, TlbShape* shape) {
    const std::size_t slash = value.find('/');
    if (!number(value.substr(0, slash), &shape->entries)) return false;
    shape->ways = std::max(shape->entries, 1U);
    if (slash == std::string_view::npos) return true;
    const std::string_view ways = value.substr(slash + 1);
    if (!number(ways, &shape->ways)) return false;
    if (shape->ways != 0 && shape->entries % shape->ways == 0 && shape->ways <= std::max(shape->entries, 1U))
        return true;
    return fail(value,
                Message("tlb.ways").text("name", name).number("entries", shape->entries).number("ways", shape->ways));
}

bool GeometryReader::once(std::string_view name, bool* was_named) {
    if (*was_named) return fail(name, Message("tlb.twice").text("name", name));
    return *was_named = true;
}

bool GeometryReader::item(std::string_view item) {
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos) return fail(item, Message("tlb.item").text("found", item.substr(0, 40)));
    const std::string_view name = item.substr(0, equals);
    const std::string_view value = item.substr(equals + 1);
    for (u32 unit = 0; unit < TlbGeometry::kUnits; ++unit) {
        if (!name.starts_with(kUnitNames[unit])) continue;
        const auto ending =
            std::find(std::begin(kSizeEndings), std::end(kSizeEndings), name.substr(kUnitNames[unit].size()));
        if (ending == std::end(kSizeEndings)) continue;
        TlbShape& shape_of_unit = geometry_.shapes[unit][ending - std::begin(kSizeEndings)];
        bool was_named = shape_of_unit.is_named();
        return once(name, &was_named) && shape(name, value, &shape_of_unit);
    }
    for (u32 level = 0; level < std::size(kWalkCacheNames); ++level) {
        if (name == kWalkCacheNames[level])
            return once(name, &has_walk_cache_[level]) && number(value, &geometry_.walk_cache_entries[level]);
    }
    if (name != "policy") return fail(name, Message("tlb.unknown").text("name", name.substr(0, 40)));
    const auto policy = std::find(std::begin(kPolicyNames), std::end(kPolicyNames), value);
    if (policy == std::end(kPolicyNames)) return fail(value, Message("tlb.policy").text("found", value.substr(0, 40)));
    geometry_.policy = static_cast<TlbPolicy>(policy - std::begin(kPolicyNames));
    return once(name, &has_policy_);
}

Result<TlbGeometry> GeometryReader::read() {
    for (std::size_t at = 0; at <= text_.size();) {
        const std::size_t end = std::min(text_.find(',', at), text_.size());
        if (!item(text_.substr(at, end - at))) return *fault_;
        at = end + 1;
    }
    for (u32 side = 0; side < kTlbSides; ++side) {
        for (u32 size = 0; size < kPageSizes; ++size) {
            if (geometry_.shape(1, static_cast<TlbSide>(side), static_cast<PageSize>(size)) != nullptr) continue;
            fail(text_, Message("tlb.no_l1").text("name", std::string(kUnitNames[side]).append(kSizeEndings[size])));
            return *fault_;
        }
    }
    return geometry_;
}

}  // namespace

const TlbShape* TlbGeometry::shape(u32 level, TlbSide side, PageSize size) const {
    const u32 own = (level == 1 ? 0 : static_cast<u32>(Unit::l2i)) + static_cast<u32>(side);
    const u32 shared = level == 1 ? own : static_cast<u32>(Unit::l2);
    const TlbShape* const candidates[] = {&shapes[own][static_cast<u32>(size)], &shapes[shared][static_cast<u32>(size)],
                                          &shapes[own][0], &shapes[shared][0]};
    for (const TlbShape* candidate : candidates) {
        if (candidate->is_named()) return candidate->entries == 0 ? nullptr : candidate;
    }
    return nullptr;
}

bool TlbGeometry::has_l2(TlbSide side) const {
    for (u32 size = 0; size < kPageSizes; ++size) {
        if (shape(2, side, static_cast<PageSize>(size)) != nullptr) return true;
    }
    return false;
}

std::string TlbGeometry::text() const {
    std::string text;
    const auto add = [&](std::string_view name, std::string_view ending, const std::string& value) {
        text.append(text.empty() ? "" : ",").append(name).append(ending).append("=").append(value);
    };
    for (u32 unit = 0; unit < kUnits; ++unit) {
        for (u32 size = 0; size < kPageSizes; ++size) {
            const TlbShape& one = shapes[unit][size];
            if (!one.is_named()) continue;
            add(kUnitNames[unit], kSizeEndings[size], std::to_string(one.entries));
            if (one.ways != std::max(one.entries, 1U)) text.append("/").append(std::to_string(one.ways));
        }
    }
    const TlbGeometry usual;
    for (u32 level = 0; level < std::size(kWalkCacheNames); ++level) {
        const u32 entries = walk_cache_entries[level];
        if (entries != usual.walk_cache_entries[level]) add(kWalkCacheNames[level], "", std::to_string(entries));
    }
    if (policy != usual.policy) add("policy", "", std::string(kPolicyNames[static_cast<u32>(policy)]));
    return text;
}

std::span<const NamedTlbGeometry> tlb_geometries() { return kGeometries; }

std::string tlb_geometry_names() {
    std::string names;
    for (const NamedTlbGeometry& one : kGeometries) names.append(names.empty() ? "" : ", ").append(one.name);
    return names;
}

Result<TlbGeometry> read_tlb_geometry(std::string_view text) {
    std::string small(text);
    std::transform(small.begin(), small.end(), small.begin(),
                   [](char one) { return one >= 'A' && one <= 'Z' ? static_cast<char>(one + 32) : one; });
    for (const NamedTlbGeometry& one : kGeometries) {
        if (one.name == small) return GeometryReader(one.text).read();
    }
    if (small.find('=') == std::string::npos) {
        return Diagnostic{1, 1, static_cast<u32>(text.size()),
                          Message("tlb.no_cpu").text("found", text.substr(0, 40)).text("names", tlb_geometry_names())};
    }
    return GeometryReader(small).read();
}

}  // namespace mmscope
