#include "procfs/ram_and_swap.h"

#include "procfs/columns.h"

namespace mmscope {
namespace {

// In the order in which kernels print them. A line has a number that every kernel prints, or one that may be absent.
struct Line {
    std::string_view before;
    std::string_view behind;
    u64 RamAndSwap::*plain;
    std::optional<u64> RamAndSwap::*maybe;
};
constexpr Line kLines[] = {
    {"", " total pagecache pages", &RamAndSwap::pagecache_pages, nullptr},
    {"", " pages in swap cache", &RamAndSwap::swap_cache_pages, nullptr},
    {"Swap cache stats: add ", "", nullptr, nullptr},
    {"Free swap  = ", "kB", &RamAndSwap::free_swap, nullptr},
    {"Total swap = ", "kB", &RamAndSwap::total_swap, nullptr},
    {"", " pages RAM", &RamAndSwap::ram_pages, nullptr},
    {"", " pages HighMem/MovableOnly", nullptr, &RamAndSwap::highmem_pages},
    {"", " pages HighMem", nullptr, &RamAndSwap::old_highmem_pages},
    {"", " pages reserved", &RamAndSwap::reserved_pages, nullptr},
    {"", " pages cma reserved", nullptr, &RamAndSwap::cma_pages},
    {"", " pages hwpoisoned", nullptr, &RamAndSwap::poisoned_pages},
    {"", " pages shared", nullptr, &RamAndSwap::shared_pages},
    {"", " pages non-shared", nullptr, &RamAndSwap::private_pages},
};
constexpr u32 kLineCount = sizeof kLines / sizeof kLines[0];
constexpr u32 kSwapCacheLine = 2;
static_assert(kLines[kSwapCacheLine].plain == nullptr && kLines[kSwapCacheLine].maybe == nullptr);

RamAndSwap::SwapCache read_swap_cache(LineReader& reader) {
    RamAndSwap::SwapCache stats;
    stats.added = reader.number();
    reader.expect(", delete ");
    stats.deleted = reader.number();
    reader.expect(", find ");
    stats.found = reader.number();
    reader.expect("/");
    stats.looked_for = reader.number();
    return stats;
}

void print_swap_cache(std::string* out, const RamAndSwap::SwapCache& stats) {
    append_number(out, stats.added);
    *out += ", delete ";
    append_number(out, stats.deleted);
    *out += ", find ";
    append_number(out, stats.found);
    *out += '/';
    append_number(out, stats.looked_for);
}

}  // namespace

bool RamAndSwapReader::read(const LogLines& lines, std::optional<Diagnostic>* fault) {
    for (u32 i = 0; i < kLineCount; ++i) {
        const Line& line = kLines[i];
        if (!lines.text().starts_with(line.before) || !lines.text().ends_with(line.behind)) continue;
        LineReader reader(lines);
        reader.expect(line.before);
        if (i == kSwapCacheLine) {
            numbers_.swap_cache = read_swap_cache(reader);
        } else {
            const u64 value = reader.number();
            if (line.plain != nullptr)
                numbers_.*line.plain = value;
            else
                numbers_.*line.maybe = value;
        }
        reader.expect(line.behind);
        reader.expect_end();
        *fault = reader.fault();
        seen_ |= 1U << i;
        return true;
    }
    return false;
}

std::string_view RamAndSwapReader::missing() const {
    for (u32 i = 0; i < kLineCount; ++i) {
        const Line& line = kLines[i];
        if (line.plain == nullptr || (seen_ >> i & 1) != 0) continue;
        return line.before.empty() ? line.behind.substr(1) : line.before;
    }
    return {};
}

void print_ram_and_swap(const RamAndSwap& numbers, std::string* out) {
    for (u32 i = 0; i < kLineCount; ++i) {
        const Line& line = kLines[i];
        const bool is_absent =
            i == kSwapCacheLine ? !numbers.swap_cache : line.maybe != nullptr && !(numbers.*line.maybe);
        if (is_absent) continue;
        *out += line.before;
        if (i == kSwapCacheLine)
            print_swap_cache(out, *numbers.swap_cache);
        else
            append_number(out, line.plain != nullptr ? numbers.*line.plain : *(numbers.*line.maybe));
        *out += line.behind;
        *out += '\n';
    }
}

}  // namespace mmscope
