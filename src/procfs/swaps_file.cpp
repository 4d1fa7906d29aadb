#include "procfs/swaps_file.h"

#include "procfs/columns.h"
#include "procfs/scan.h"

namespace mmscope {
namespace {

constexpr u32 kWords = 5;
constexpr u32 kNameColumn = 40;
constexpr u64 kWide = 10'000'000;  // from here on a tab less

// "-2"
Result<i32> priority_of(const LineScanner& scanner, Word word) {
    const bool is_negative = word.text.starts_with("-");
    if (is_negative) word.text.remove_prefix(1);
    const Result<u64> number = number_of(scanner, word);
    if (!number) return number.error();
    const i32 priority = static_cast<i32>(*number & 0xffff);
    return is_negative ? -priority : priority;
}

}  // namespace

Result<SwapsFile> parse_swaps(std::string_view text, u32 first_line) {
    if (auto binary = binary_byte(text, first_line)) return *std::move(binary);
    SwapsFile file;
    LineScanner scanner(text, first_line);
    while (scanner.next()) {
        const std::vector<Word>& words = scanner.words();
        if (words[0].text == "Filename") continue;
        if (words.size() != kWords) {
            return scanner.error(Message("proc.columns")
                                     .text("file", "swaps")
                                     .number("found", static_cast<i64>(words.size()))
                                     .number("expected", kWords));
        }
        const Result<u64> size = number_of(scanner, words[2]), used = number_of(scanner, words[3]);
        const Result<i32> priority = priority_of(scanner, words[4]);
        if (!size) return size.error();
        if (!used) return used.error();
        if (!priority) return priority.error();
        file.areas.push_back({std::string(words[0].text), words[1].text == "file", *size, *used, *priority});
    }
    return file;
}

std::string print_swaps(const SwapsFile& file) {
    std::string out = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
    for (const SwapsFile::Area& area : file.areas) {
        append_left(&out, area.name, kNameColumn);
        if (area.name.size() >= kNameColumn) out += ' ';
        out += area.is_file ? "file\t\t" : "partition\t";
        for (const u64 amount : {area.size, area.used}) {
            append_number(&out, amount);
            out += amount < kWide ? "\t\t" : "\t";
        }
        out += std::to_string(area.priority) + '\n';
    }
    return out;
}

}  // namespace mmscope
