#include "procfs/meminfo_file.h"

#include <algorithm>
#include <cassert>
#include <set>

#include "procfs/columns.h"
#include "procfs/scan.h"

namespace mmscope {
namespace {

// Where a line is: `pae` and `plain_32` are kernels of 32 bits with and without PAE.
enum class On : u8 { all, only_64, only_32, not_plain_32, plain_32 };
struct Name {
    std::string_view name;
    u16 since = 0;
    On on = On::all;
};

constexpr Name kNames[] = {
    {"MemTotal"}, {"MemFree"}, {"MemAvailable"}, {"Buffers"}, {"Cached"}, {"SwapCached"}, {"Active"}, {"Inactive"},
    {"Active(anon)"}, {"Inactive(anon)"}, {"Active(file)"}, {"Inactive(file)"}, {"Unevictable"}, {"Mlocked"},
    {"HighTotal", 0, On::only_32}, {"HighFree", 0, On::only_32}, {"LowTotal", 0, On::only_32},
    {"LowFree", 0, On::only_32}, {"SwapTotal"}, {"SwapFree"}, {"Zswap"}, {"Zswapped"}, {"Dirty"}, {"Writeback"},
    {"AnonPages"}, {"Mapped"}, {"Shmem"}, {"KReclaimable"}, {"Slab"}, {"SReclaimable"}, {"SUnreclaim"}, {"KernelStack"},
    {"PageTables"}, {"SecPageTables"}, {"NFS_Unstable"}, {"Bounce"}, {"WritebackTmp"}, {"CommitLimit"},
    {"Committed_AS"}, {"VmallocTotal"}, {"VmallocUsed"}, {"VmallocChunk"}, {"Percpu"}, {"HardwareCorrupted"},
    {"AnonHugePages"}, {"ShmemHugePages"}, {"ShmemPmdMapped"}, {"FileHugePages"}, {"FilePmdMapped"},
    {"CmaTotal", 0x0702}, {"CmaFree", 0x0702}, {"Unaccepted", 0x060c}, {"Balloon", 0x0702}, {"GPUActive", 0x0702},
    {"GPUReclaim", 0x0702}, {"HugePages_Total"}, {"HugePages_Free"}, {"HugePages_Rsvd"}, {"HugePages_Surp"},
    {"Hugepagesize"}, {"Hugetlb"}, {"DirectMap4k"}, {"DirectMap2M", 0, On::not_plain_32},
    {"DirectMap4M", 0, On::plain_32}, {"DirectMap1G", 0, On::only_64},
};

bool is_on(On on, const KernelShape& kernel) {
    const bool is_plain_32 = !kernel.is_64_bit && !kernel.has_pae;
    switch (on) {
        case On::all:
            return true;
        case On::only_64:
            return kernel.is_64_bit;
        case On::only_32:
            return !kernel.is_64_bit;
        case On::not_plain_32:
            return !is_plain_32;
        case On::plain_32:
            break;
    }
    return is_plain_32;
}

constexpr bool is_count(std::string_view name) { return name.starts_with("HugePages_"); }

// A name as the kernel writes them: it begins with a capital and has no blank.
bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= 40 && text[0] >= 'A' && text[0] <= 'Z' &&
           text.find_first_of(" \t") == std::string_view::npos;
}

// "MemTotal:         466372 kB" -> its words behind the colon; fewer than one or more than two if it is no such line.
std::vector<Word> amount_words(const LineScanner& scanner, std::string_view name) {
    std::vector<Word> words = scanner.words();
    const char* const behind = name.data() + name.size() + 1;
    std::erase_if(words, [behind](const Word& word) { return word.text.data() < behind; });
    return words;
}

}  // namespace

std::optional<u64> MeminfoFile::find(std::string_view name) const {
    for (const Line& line : lines)
        if (line.name == name) return line.value;
    return std::nullopt;
}

void MeminfoFile::set(std::string_view name, u64 value) {
    const auto line = std::find_if(lines.begin(), lines.end(), [name](const Line& each) { return each.name == name; });
    assert(line != lines.end());
    line->value = value;
}

MeminfoFile blank_meminfo(const KernelShape& kernel) {
    MeminfoFile file;
    for (const Name& name : kNames) {
        if (kernel.version < name.since || !is_on(name.on, kernel)) continue;
        file.lines.push_back({std::string(name.name), 0, !is_count(name.name)});
    }
    return file;
}

Result<MeminfoFile> parse_meminfo(std::string_view text, u32 first_line, std::vector<u32>* skipped) {
    if (auto binary = binary_byte(text, first_line)) return *std::move(binary);
    MeminfoFile file;
    std::set<std::string_view> seen;
    LineScanner scanner(text, first_line);
    while (scanner.next()) {
        const std::string_view line = scanner.text();
        const std::string_view name = line.substr(0, std::min(line.find(':'), line.size()));
        const std::vector<Word> words =
            name.size() < line.size() && is_name(name) ? amount_words(scanner, name) : std::vector<Word>();
        const bool has_unit = words.size() == 2 && words[1].text == "kB";
        if (words.size() != 1 && !has_unit) {
            if (skipped != nullptr) skipped->push_back(scanner.line());
            continue;
        }
        const Result<u64> value = number_of(scanner, words[0]);
        if (!value) return value.error();
        if (!seen.insert(name).second)
            return scanner.error(Message("proc.counter_twice").text("file", "meminfo").text("name", name));
        file.lines.push_back({std::string(name), *value, has_unit});
    }
    if (file.lines.empty()) return Diagnostic{first_line, 1, 0, Message("proc.no_counter").text("file", "meminfo")};
    return file;
}

// Two kinds of lines have a longer name and a narrower number; all end in the same column as long as numbers are small.
std::string print_meminfo(const MeminfoFile& file) {
    std::string out;
    for (const MeminfoFile::Line& line : file.lines) {
        const bool is_long = is_count(line.name) || line.name == "HardwareCorrupted";
        append_left(&out, line.name + ':', is_long ? 19 : 16);
        append_number(&out, line.value, is_long ? 5 : 8);
        out += line.is_in_kib ? " kB\n" : "\n";
    }
    return out;
}

}  // namespace mmscope
