#include "play/conform_slab_trace.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "intake/slab_trace.h"
#include "mm/gfp.h"
#include "mm/slab_rules.h"
#include "play/conform_slab.h"

namespace mmscope {

namespace {

// What the caches of a table say of the size of an object's place.
class KnownCaches {
public:
    KnownCaches(const std::vector<SlabTableRow>& rows, const Profile& profile, Arch arch)
        : rows_(rows), profile_(profile), arch_(arch) {}

    // The sizes that caches with objects of so many bytes give, the table's first one first.
    std::vector<u32> sizes(u32 object_size, bool is_accounted) const {
        std::vector<u32> found;
        for (const SlabTableRow& row : rows_) {
            if (row.object_size != object_size || !may_be(row, is_accounted)) continue;
            const u32 size = size_in(row, object_size);
            if (std::find(found.begin(), found.end(), size) == found.end()) found.push_back(size);
        }
        return found;
    }
    // That of the cache with this name, which may be merged into another; of one that is in no table, by its name
    // alone.
    u32 size_of_named(std::string_view name, u32 object_size) const {
        for (const SlabTableRow& row : rows_)
            if (row.name == name || has_alias(row, name)) return size_in(row, object_size);
        CacheSpec spec;
        add_hidden_traits(name, profile_, &spec);
        return size_of(spec, object_size);
    }

private:
    // Of merged caches the name says whether they are accounted; of others nothing does.
    static bool may_be(const SlabTableRow& row, bool is_accounted) {
        if (!row.name.starts_with(':')) return true;
        return (row.name.substr(0, row.name.find('-')).find('A') != std::string_view::npos) == is_accounted;
    }
    static bool has_alias(const SlabTableRow& row, std::string_view name) {
        std::string_view rest = row.alias_names;
        while (!rest.empty()) {
            const std::string_view alias = rest.substr(0, rest.find(','));
            if (alias == name) return true;
            rest.remove_prefix(std::min(alias.size() + 1, rest.size()));
        }
        return false;
    }
    u32 size_in(const SlabTableRow& row, u32 object_size) const { return size_of(spec_of(row, profile_), object_size); }
    u32 size_of(CacheSpec spec, u32 object_size) const {
        spec.object_size = object_size;
        const bool is_power = (spec.align & (spec.align - 1)) == 0;
        if (object_size == 0 || object_size > kLargestObject || !is_power || spec.align > kLargestObject) return 0;
        return calculate_sizes(spec, profile_, arch_, 1).size;
    }

    const std::vector<SlabTableRow>& rows_;
    const Profile& profile_;
    Arch arch_;
};

// Where objects of one size come from one place of the kernel's code.
struct Site {
    std::string_view call_site;
    u64 bytes_req = 0;
    bool is_accounted = false;
    bool is_kmalloc = false;
    friend bool operator<(const Site& a, const Site& b) {
        return std::tie(a.call_site, a.bytes_req, a.is_accounted, a.is_kmalloc) <
               std::tie(b.call_site, b.bytes_req, b.is_accounted, b.is_kmalloc);
    }
};

u32 object_size(const Site& site) { return static_cast<u32>(std::min<u64>(site.bytes_req, kLargestObject + 1)); }

struct SiteState {
    u32 line = 0;               // of its first call
    std::vector<u32> possible;  // sizes, if there are several
    std::map<u64, u32> open;    // by bytes_alloc: calls whose cache is not known yet
    std::vector<u32> learned;   // sizes of the caches that its objects were named with
};

class SlabTraceReplay {
public:
    SlabTraceReplay(std::string_view trace, const KnownCaches& caches, const Profile& profile, Arch arch)
        : reader_(trace), caches_(caches), profile_(profile), arch_(arch) {}

    Outcome run();

private:
    using Sites = std::map<Site, SiteState>;
    struct OpenObject {
        Sites::iterator site;
        u64 bytes_alloc = 0;
    };
    struct Difference {
        u32 line = 0;
        u32 calls = 0;
    };

    void follow(const SlabTraceEvent& event);
    void cache_alloc(const SlabTraceEvent& event);
    void cache_free(const SlabTraceEvent& event);
    u64 kmalloc_size(const SlabTraceEvent& event) const;
    void compare(const Site& site, u32 line, u64 kernel, u64 model, u32 calls);
    void settle(const Site& site, const SiteState& state);
    void end();

    SlabTraceReader reader_;
    const KnownCaches& caches_;
    const Profile& profile_;
    Arch arch_;
    Sites sites_;
    std::map<u64, OpenObject> objects_;                             // by pointer
    std::map<std::tuple<Site, u64, u64>, Difference> differences_;  // by place, the kernel's bytes, the model's
    Outcome outcome_{{}, "conform.object_calls", 0, 0, false};
};

void SlabTraceReplay::compare(const Site& site, u32 line, u64 kernel, u64 model, u32 calls) {
    outcome_.total += calls;
    if (kernel == model) {
        outcome_.agreed += calls;
        return;
    }
    Difference& difference = differences_[{site, kernel, model}];
    if (difference.calls == 0) difference.line = line;
    difference.calls += calls;
}

// The bytes that kmalloc gives. A request that is too large fails, and yet the kernel says how large a block would be.
u64 SlabTraceReplay::kmalloc_size(const SlabTraceEvent& event) const {
    if (event.bytes_req > kKmallocMaxCacheSize) {
        u64 block = kPageSize;
        while (block != 0 && block < event.bytes_req) block *= 2;
        return block;
    }
    if (event.bytes_req == 0) return 0;
    const u32 of_class = kmalloc_class(static_cast<u32>(event.bytes_req));
    const KmallocType type = kmalloc_type(gfp_from_text(event.gfp, profile_).mask);
    return calculate_sizes(kmalloc_cache_spec(type, of_class, profile_), profile_, arch_, 1).size;
}

void SlabTraceReplay::cache_alloc(const SlabTraceEvent& event) {
    const Site site{event.call_site, event.bytes_req, event.is_accounted, false};
    const auto [place, is_new] = sites_.try_emplace(site);
    SiteState& state = place->second;
    if (is_new) {
        state.line = event.line;
        state.possible = caches_.sizes(object_size(site), event.is_accounted);
    }
    objects_.erase(event.pointer);
    if (state.possible.size() == 1) return compare(site, event.line, event.bytes_alloc, state.possible[0], 1);
    ++state.open[event.bytes_alloc];
    if (event.pointer != 0 && objects_.size() < kMostOpenObjects) objects_[event.pointer] = {place, event.bytes_alloc};
}

void SlabTraceReplay::cache_free(const SlabTraceEvent& event) {
    const auto object = objects_.find(event.pointer);
    if (object == objects_.end() || event.name.empty()) return;
    const auto [site, bytes_alloc] = object->second;
    objects_.erase(object);
    const u32 size = caches_.size_of_named(event.name, object_size(site->first));
    std::vector<u32>& learned = site->second.learned;
    if (std::find(learned.begin(), learned.end(), size) == learned.end()) learned.push_back(size);
    --site->second.open[bytes_alloc];
    compare(site->first, site->second.line, bytes_alloc, size, 1);
}

void SlabTraceReplay::follow(const SlabTraceEvent& event) {
    switch (event.kind) {
        case SlabTraceEvent::Kind::kmalloc:
            objects_.erase(event.pointer);
            return compare({event.call_site, event.bytes_req, event.is_accounted, true}, event.line, event.bytes_alloc,
                           kmalloc_size(event), 1);
        case SlabTraceEvent::Kind::cache_alloc:
            return cache_alloc(event);
        case SlabTraceEvent::Kind::cache_free:
            return cache_free(event);
        case SlabTraceEvent::Kind::kfree:
            return;
    }
}

// The objects that nothing has named: as the others of their site.
void SlabTraceReplay::settle(const Site& site, const SiteState& state) {
    u32 model = 0;
    if (!state.learned.empty())
        model = state.learned.front();
    else if (!state.possible.empty())
        model = state.possible.front();
    else
        model = caches_.size_of_named("", object_size(site));
    for (const auto& [kernel, calls] : state.open)
        if (calls != 0) compare(site, state.line, kernel, model, calls);
}

void SlabTraceReplay::end() {
    for (const auto& [site, state] : sites_) settle(site, state);
    std::vector<Remark> remarks;
    for (const auto& [key, difference] : differences_) {
        const auto& [site, kernel, model] = key;
        const std::string name = std::string(site.call_site) + ", " + std::to_string(difference.calls);
        remarks.push_back({difference.line,
                           {Message("conform.slab_difference")
                                .text("name", name)
                                .text("value", "bytes_alloc(" + std::to_string(site.bytes_req) + ")")
                                .text("kernel", std::to_string(kernel))
                                .text("model", std::to_string(model))}});
    }
    const auto by_line = [](const Remark& a, const Remark& b) { return a.line < b.line; };
    std::stable_sort(remarks.begin(), remarks.end(), by_line);
    outcome_.remarks = std::move(remarks);
    const TraceLineReader& lines = reader_.lines();
    if (lines.torn() != 0) {
        outcome_.remarks.push_back({lines.first_torn().line, {lines.first_torn().message}});
        outcome_.remarks.push_back({0, {Message("conform.trace_torn").number("count", lines.torn())}});
    }
    if (lines.lost() != 0)
        outcome_.remarks.push_back({0, {Message("conform.trace_lost").number("count", lines.lost())}});
    outcome_.is_perfect = outcome_.total != 0 && outcome_.agreed == outcome_.total && lines.torn() + lines.lost() == 0;
}

Outcome SlabTraceReplay::run() {
    while (const auto event = reader_.next()) follow(*event);
    end();
    return std::move(outcome_);
}

}  // namespace

Result<Outcome> conform_slab_trace(std::string_view trace, std::string_view table, const Profile& profile, Arch arch) {
    if (!has_slub(profile)) return Diagnostic{0, 0, 0, Message("conform.no_slub").text("kernel", profile.name)};
    std::vector<SlabTableRow> rows;
    if (!table.empty()) {
        auto parsed = parse_slab_table(table);
        if (!parsed) return std::move(parsed.error());
        rows = *std::move(parsed);
    }
    const KnownCaches caches(rows, profile, arch);
    return SlabTraceReplay(trace, caches, profile, arch).run();
}

}  // namespace mmscope
