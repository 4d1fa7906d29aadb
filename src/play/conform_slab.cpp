#include "play/conform_slab.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "intake/ksize_ranges.h"

namespace mmscope {

namespace {

// "cap-hwalign-200": what the capture module asked kmem_cache_create for.
std::optional<CacheSpec> module_cache_of(std::string_view name) {
    const std::size_t dash = name.rfind('-');
    if (!name.starts_with("cap-") || dash < 4) return std::nullopt;
    const std::string_view kind = name.substr(4, dash - 4);
    const std::string_view size = name.substr(dash + 1);
    CacheSpec spec;
    const auto read = std::from_chars(size.data(), size.data() + size.size(), spec.object_size);
    if (read.ec != std::errc() || read.ptr != size.data() + size.size()) return std::nullopt;
    if (kind == "hwalign") spec.flags = slab_flag::kHwcacheAlign;
    if (kind == "rcu") spec.flags = slab_flag::kTypesafeByRcu;
    if (kind == "account") spec.flags = slab_flag::kAccount;
    spec.has_ctor = kind == "ctor";
    return spec;
}

u32 flags_of(const SlabTableRow& row) {
    u32 flags = 0;
    if (row.hwcache_align) flags |= slab_flag::kHwcacheAlign;
    if (row.reclaim_account) flags |= slab_flag::kReclaimAccount;
    if (row.cache_dma) flags |= slab_flag::kCacheDma;
    if (row.destroy_by_rcu) flags |= slab_flag::kTypesafeByRcu;
    // /sys does not show ACCOUNT, but a name made by merging does: ":aA-0000192".
    const std::string_view letters = row.name.substr(0, row.name.find('-'));
    if (row.name.starts_with(':') && letters.find('A') != std::string_view::npos) flags |= slab_flag::kAccount;
    return flags;
}

// The row as the rules make it.
SlabTableRow predicted(const SlabTableRow& row, const CacheSpec& spec, const CacheLayout& layout) {
    SlabTableRow model = row;
    model.object_size = spec.object_size;
    model.slab_size = layout.size;
    model.align = layout.align;
    model.order = layout.order.value;
    model.objects = layout.objects;
    model.cpu_partial = layout.cpu_partial;
    model.min_partial = layout.min_partial;
    model.sheaf_capacity = layout.sheaf_capacity;
    return model;
}

struct Compared {
    const char* name;
    u32 SlabTableRow::*value;
};
constexpr Compared kCompared[] = {
    {"object_size", &SlabTableRow::object_size},
    {"slab_size", &SlabTableRow::slab_size},
    {"align", &SlabTableRow::align},
    {"order", &SlabTableRow::order},
    {"objs_per_slab", &SlabTableRow::objects},
    {"cpu_partial", &SlabTableRow::cpu_partial},
    {"min_partial", &SlabTableRow::min_partial},
    {"sheaf_capacity", &SlabTableRow::sheaf_capacity},
};

// Numbers ungrouped, as they stand in the file.
Message difference(std::string_view name, std::string_view column, const std::string& kernel,
                   const std::string& model) {
    return Message("conform.slab_difference")
        .text("name", name)
        .text("value", column)
        .text("kernel", kernel)
        .text("model", model);
}

std::vector<Message> compare(const SlabTableRow& row, const Profile& profile, Arch arch, u32 cpus) {
    const CacheSpec spec = spec_of(row, profile);
    if (spec.object_size == 0 || spec.object_size > kLargestObject)
        return {difference(row.name, "object_size", std::to_string(row.object_size), "-")};
    if ((spec.align & (spec.align - 1)) != 0 || spec.align > kLargestObject)
        return {difference(row.name, "align", std::to_string(row.align), "-")};
    const CacheLayout layout = calculate_sizes(spec, profile, arch, cpus);
    const SlabTableRow model = predicted(row, spec, layout);
    std::vector<Message> differences;
    for (const Compared& compared : kCompared) {
        const u32 kernel = row.*compared.value;
        if (kernel != model.*compared.value)
            differences.push_back(
                difference(row.name, compared.name, std::to_string(kernel), std::to_string(model.*compared.value)));
    }
    if (row.name.starts_with(':')) {
        const std::string name = merged_cache_name(spec.flags, layout.size);
        if (name != row.name || !is_mergeable(spec))
            differences.push_back(difference(row.name, "name", std::string(row.name), name));
    }
    return differences;
}

void count(u32 line, std::vector<Message> differences, Outcome* outcome) {
    ++outcome->total;
    if (differences.empty())
        ++outcome->agreed;
    else
        outcome->remarks.push_back({line, std::move(differences)});
}

// What cannot be read agrees with nothing; the rest of the file is judged all the same.
void count_bad(std::vector<Diagnostic> lines, Outcome* outcome) {
    for (Diagnostic& bad : lines) count(bad.line, {std::move(bad.message)}, outcome);
    const auto is_before = [](const Remark& left, const Remark& right) { return left.line < right.line; };
    std::stable_sort(outcome->remarks.begin(), outcome->remarks.end(), is_before);
}

Result<Outcome> conform_table(std::string_view text, const Profile& profile, Arch arch, u32 cpus) {
    std::vector<Diagnostic> bad_rows;
    const auto rows = parse_slab_table(text, &bad_rows);
    if (!rows) return rows.error();
    Outcome outcome{{}, "conform.rows", 0, 0, false};
    for (const SlabTableRow& row : *rows) count(row.line, compare(row, profile, arch, cpus), &outcome);
    count_bad(std::move(bad_rows), &outcome);
    return outcome;
}

std::vector<Message> compare(const KsizeRange& range) {
    const u64 last = std::min<u64>(range.last, std::max(range.first, kKmallocMaxSize + 1));  // all beyond are alike
    for (u64 size = range.first; size <= last; ++size) {
        const u64 model = kmalloc_ksize(size);
        if (model != range.ksize)
            return {difference(range.gfp, std::to_string(size), std::to_string(range.ksize), std::to_string(model))};
    }
    return {};
}

Outcome conform_ksize(std::string_view text) {
    std::vector<Diagnostic> bad_lines;
    const std::vector<KsizeRange> ranges = parse_ksize_ranges(text, &bad_lines);
    Outcome outcome{{}, "conform.rows", 0, 0, false};
    for (const KsizeRange& range : ranges) count(range.line, compare(range), &outcome);
    count_bad(std::move(bad_lines), &outcome);
    return outcome;
}

}  // namespace

CacheSpec spec_of(const SlabTableRow& row, const Profile& profile) {
    if (const auto kmalloc = kmalloc_cache_of(row.name))
        return kmalloc_cache_spec(kmalloc->type, kmalloc->of_class, profile);
    if (const auto made = module_cache_of(row.name)) return *made;
    CacheSpec spec;
    spec.object_size = row.object_size;
    spec.align = row.align;
    spec.flags = flags_of(row);
    spec.has_usercopy = row.usersize != 0;
    add_hidden_traits(row.name, profile, &spec);
    return spec;
}

bool is_slab_capture(std::string_view text) { return is_slab_table(text) || is_ksize_ranges(text); }

Result<Outcome> conform_slab(std::string_view text, const Profile& profile, Arch arch, u32 cpus) {
    if (!has_slub(profile)) return Diagnostic{0, 0, 0, Message("conform.no_slub").text("kernel", profile.name)};
    auto outcome = is_slab_table(text) ? conform_table(text, profile, arch, cpus) : Result<Outcome>(conform_ksize(text));
    if (outcome) outcome->is_perfect = outcome->total != 0 && outcome->agreed == outcome->total;
    return outcome;
}

}  // namespace mmscope
