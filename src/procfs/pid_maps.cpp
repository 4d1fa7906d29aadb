#include "procfs/pid_maps.h"

#include "procfs/columns.h"
#include "procfs/scan.h"

namespace mmscope {
namespace {

constexpr u32 kFieldColumn = 16;  // of a value's padded number, from 0; the unit follows

// A hex number of at most 16 digits, from `*at` on. False: there is none.
bool read_hex(std::string_view text, std::size_t* at, u64* value) {
    const std::size_t first = *at;
    *value = 0;
    for (; *at < text.size() && *at - first < 17; ++*at) {
        const char digit = text[*at];
        if (digit >= '0' && digit <= '9')
            *value = *value << 4 | static_cast<u64>(digit - '0');
        else if (digit >= 'a' && digit <= 'f')
            *value = *value << 4 | static_cast<u64>(digit - 'a' + 10);
        else
            break;
    }
    return *at > first && *at - first <= 16;
}

bool accept(std::string_view text, std::size_t* at, char wanted) {
    if (*at >= text.size() || text[*at] != wanted) return false;
    ++*at;
    return true;
}

bool read_rights(std::string_view text, std::size_t* at, std::string* rights) {
    constexpr std::string_view kLetters[] = {"r-", "w-", "x-", "ps"};
    for (const std::string_view letters : kLetters) {
        if (*at >= text.size() || letters.find(text[*at]) == std::string_view::npos) return false;
        rights->push_back(text[(*at)++]);
    }
    return true;
}

// One line of maps; `name_column` is set if it has a name.
bool read_area(std::string_view line, PidMaps::Area* area, u32* name_column) {
    std::size_t at = 0;
    u64 major = 0, minor = 0;
    const bool has_numbers =
        read_hex(line, &at, &area->start) && accept(line, &at, '-') && read_hex(line, &at, &area->end) &&
        accept(line, &at, ' ') && read_rights(line, &at, &area->rights) && accept(line, &at, ' ') &&
        read_hex(line, &at, &area->offset) && accept(line, &at, ' ') && read_hex(line, &at, &major) &&
        accept(line, &at, ':') && read_hex(line, &at, &minor) && accept(line, &at, ' ');
    if (!has_numbers) return false;
    area->major = static_cast<u32>(major);
    area->minor = static_cast<u32>(minor);
    const std::size_t first = at;
    for (; at < line.size() && line[at] >= '0' && line[at] <= '9' && at - first < 19; ++at)
        area->inode = area->inode * 10 + static_cast<u64>(line[at] - '0');
    if (at == first) return false;
    const std::size_t name = line.find_first_not_of(' ', at);
    if (name == std::string_view::npos) return true;
    area->name = line.substr(name);
    *name_column = static_cast<u32>(name) + 1;
    return true;
}

// "Rss:                   4 kB", "THPeligible:    0".
bool read_field(const LineScanner& scanner, PidMaps::Area* area) {
    const std::string_view line = scanner.text();
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || scanner.words().size() < 2) return false;
    if (line.substr(0, colon) == "VmFlags") {
        for (std::size_t word = 1; word < scanner.words().size(); ++word)
            area->vm_flags.emplace_back(scanner.words()[word].text);
        return true;
    }
    const Result<u64> value = number_of(scanner, scanner.words()[1]);
    if (!value) return false;
    PidMaps::Field field;
    field.name = line.substr(0, colon);
    field.value = *value;
    field.is_kb = scanner.words().size() == 3 && scanner.words()[2].text == "kB";
    const std::size_t end = line.find_last_of("0123456789") + 1;
    field.width = static_cast<u32>(end - colon - 1);
    area->fields.push_back(std::move(field));
    return true;
}

void append_hex(std::string* out, u64 value, u32 digits) {
    std::string text;
    for (; value != 0 || text.size() < digits; value >>= 4) text.insert(text.begin(), "0123456789abcdef"[value & 15]);
    *out += text;
}

void print_area(const PidMaps::Area& area, u32 name_column, std::string* out) {
    const std::size_t begin = out->size();
    append_hex(out, area.start, 8);
    *out += '-';
    append_hex(out, area.end, 8);
    *out += ' ' + area.rights + ' ';
    append_hex(out, area.offset, 8);
    *out += ' ';
    append_hex(out, area.major, 2);
    *out += ':';
    append_hex(out, area.minor, 2);
    *out += ' ' + std::to_string(area.inode) + ' ';
    if (!area.name.empty()) {
        const std::size_t width = out->size() - begin;
        if (width < name_column - 1) out->append(name_column - 1 - width, ' ');
        *out += area.name;
    }
    *out += '\n';
}

}  // namespace

Result<PidMaps> parse_pid_maps(std::string_view text, u32 first_line, std::vector<u32>* skipped) {
    if (auto binary = binary_byte(text, first_line)) return *std::move(binary);
    PidMaps maps;
    bool has_column = false;
    LineScanner scanner(text, first_line);
    while (scanner.next()) {
        PidMaps::Area area;
        u32 column = 0;
        if (read_area(scanner.text(), &area, &column)) {
            if (column != 0 && !has_column) maps.name_column = column;
            has_column |= column != 0;
            maps.areas.push_back(std::move(area));
        } else if (maps.areas.empty() || !read_field(scanner, &maps.areas.back())) {
            if (skipped != nullptr) skipped->push_back(scanner.line());
        }
    }
    if (maps.areas.empty()) return Diagnostic{first_line, 1, 0, Message("proc.no_area")};
    return maps;
}

std::string print_pid_maps(const PidMaps& maps) {
    std::string out;
    for (const PidMaps::Area& area : maps.areas) {
        print_area(area, maps.name_column, &out);
        for (const PidMaps::Field& field : area.fields) {
            out += field.name + ':';
            const std::string number = std::to_string(field.value);
            if (number.size() < field.width) out.append(field.width - number.size(), ' ');
            out += number + (field.is_kb ? " kB\n" : "\n");
        }
        if (area.fields.empty()) continue;
        out += "VmFlags:";
        for (const std::string& flag : area.vm_flags) out += ' ' + flag;
        out += " \n";
    }
    return out;
}

std::vector<PidMaps::Field> smaps_fields(bool has_ksm) {
    constexpr std::string_view kNames[] = {"Size",          "KernelPageSize", "MMUPageSize",     "Rss",
                                           "Pss",           "Pss_Dirty",      "Shared_Clean",    "Shared_Dirty",
                                           "Private_Clean", "Private_Dirty",  "Referenced",      "Anonymous",
                                           "KSM",           "LazyFree",       "AnonHugePages",   "ShmemPmdMapped",
                                           "FilePmdMapped", "Shared_Hugetlb", "Private_Hugetlb", "Swap",
                                           "SwapPss",       "Locked",         "THPeligible",     "ProtectionKey"};
    std::vector<PidMaps::Field> fields;
    for (const std::string_view name : kNames) {
        if (name == "KSM" && !has_ksm) continue;
        const bool is_kb = name != "THPeligible" && name != "ProtectionKey";
        // 6.8 gave THPeligible the width of the others.
        const u32 end = name == "THPeligible" && !has_ksm ? 17 : kFieldColumn + 8;
        fields.push_back({std::string(name), 0, end - static_cast<u32>(name.size()) - 1, is_kb});
    }
    return fields;
}

}  // namespace mmscope
