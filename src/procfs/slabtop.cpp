#include "procfs/slabtop.h"

#include <algorithm>

#include "procfs/columns.h"

namespace mmscope {
namespace {

// `numerator` / `denominator` with some digits behind the point, as "%.1f" and "%.2f" round it: halves to even.
std::string decimal(u64 numerator, u64 denominator, u32 digits) {
    u64 unit = 1;
    for (u32 digit = 0; digit < digits; ++digit) unit *= 10;
    if (denominator == 0) numerator = 0, denominator = 1;
    u64 scaled = numerator * unit / denominator;
    const u64 rest = numerator * unit % denominator * 2;
    if (rest > denominator || (rest == denominator && scaled % 2 == 1)) ++scaled;
    std::string text;
    append_number(&text, scaled / unit);
    const std::string behind = std::to_string(scaled % unit);
    return text + "." + std::string(digits - behind.size(), '0') + behind;
}

std::string kibibytes(u64 bytes) { return decimal(bytes, 1024, 2) + "K"; }

struct Sums {
    u64 active_objs = 0, objs = 0, active_slabs = 0, slabs = 0, active_caches = 0, active_bytes = 0, bytes = 0;
    u64 least = 0, most = 0;  // bytes of an object
};

Sums sums_of(const SlabInfo& info) {
    Sums sums;
    for (const SlabInfo::Row& row : info.rows) {
        sums.active_objs += row.active_objs;
        sums.objs += row.num_objs;
        sums.active_slabs += row.active_slabs;
        sums.slabs += row.num_slabs;
        sums.active_caches += row.num_slabs != 0 ? 1 : 0;
        sums.active_bytes += row.active_objs * row.objsize;
        sums.bytes += row.num_objs * row.objsize;
        sums.least = sums.least == 0 ? row.objsize : std::min(sums.least, row.objsize);
        sums.most = std::max(sums.most, row.objsize);
    }
    return sums;
}

std::string share(const char* name, const std::string& part, const std::string& whole, u64 a, u64 b) {
    return std::string(" Active / Total ") + name + " : " + part + " / " + whole + " (" + decimal(100 * a, b, 1) +
           "%)\n";
}

u64 use_of(const SlabInfo::Row& row) { return row.num_objs != 0 ? 100 * row.active_objs / row.num_objs : 0; }

u64 sort_key(const SlabInfo::Row& row, SlabtopSort sort) {
    switch (sort) {
        case SlabtopSort::active_objects: return row.active_objs;
        case SlabtopSort::objects_per_slab: return row.objperslab;
        case SlabtopSort::cache_size: return row.num_slabs * row.pagesperslab;
        case SlabtopSort::slabs: return row.num_slabs;
        case SlabtopSort::objects: return row.num_objs;
        case SlabtopSort::pages_per_slab: return row.pagesperslab;
        case SlabtopSort::object_size: return row.objsize;
        case SlabtopSort::use: return use_of(row);
        case SlabtopSort::active_slabs: return row.active_slabs;
        case SlabtopSort::name: break;
    }
    return 0;
}

std::string print_row(const SlabInfo::Row& row) {
    std::string out;
    append_number(&out, row.num_objs, 6);
    append_number(&(out += ' '), row.active_objs, 6);
    append_number(&(out += ' '), use_of(row), 3);
    append_right(&(out += "% "), kibibytes(row.objsize), 8);
    append_number(&(out += ' '), row.num_slabs, 6);
    append_number(&(out += ' '), row.objperslab, 8);
    append_number(&(out += ' '), row.num_slabs * row.pagesperslab * (kPageSize / 1024), 9);
    append_left(&(out += "K "), row.name, 23);
    return out + "\n";
}

}  // namespace

std::string print_slabtop(const SlabInfo& info, SlabtopSort sort) {
    const Sums sums = sums_of(info);
    const auto text = [](u64 number) { return std::to_string(number); };
    std::string out =
        share("Objects (% used)   ", text(sums.active_objs), text(sums.objs), sums.active_objs, sums.objs);
    out += share("Slabs (% used)     ", text(sums.active_slabs), text(sums.slabs), sums.active_slabs, sums.slabs);
    out += share("Caches (% used)    ", text(sums.active_caches), text(info.rows.size()), sums.active_caches,
                 info.rows.size());
    out += share("Size (% used)      ", kibibytes(sums.active_bytes), kibibytes(sums.bytes), sums.active_bytes,
                 sums.bytes);
    const u64 average = sums.objs != 0 ? sums.bytes / sums.objs : 0;
    out += " Minimum / Average / Maximum Object : " + kibibytes(sums.least) + " / " + kibibytes(average) + " / " +
           kibibytes(sums.most) + "\n\n";
    out += "  OBJS ACTIVE  USE OBJ SIZE  SLABS OBJ/SLAB CACHE SIZE NAME                   \n";
    std::vector<SlabInfo::Row> rows = info.rows;
    std::stable_sort(rows.begin(), rows.end(), [sort](const SlabInfo::Row& a, const SlabInfo::Row& b) {
        return sort == SlabtopSort::name ? a.name < b.name : sort_key(a, sort) > sort_key(b, sort);
    });
    for (const SlabInfo::Row& row : rows) out += print_row(row);
    return out;
}

}  // namespace mmscope
