#include "procfs/vmstat_file.h"

#include <algorithm>
#include <set>

#include "procfs/columns.h"
#include "procfs/scan.h"

namespace mmscope {
namespace {

bool is_name(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

bool is_counter(const std::vector<Word>& words) {
    return words.size() == 2 && is_name(words[0].text) && words[1].text[0] >= '0' && words[1].text[0] <= '9';
}

}  // namespace

std::optional<u64> VmstatFile::find(std::string_view name) const {
    for (const Counter& counter : counters)
        if (counter.name == name) return counter.value;
    return std::nullopt;
}

Result<VmstatFile> parse_vmstat(std::string_view text, u32 first_line, std::vector<u32>* skipped) {
    if (auto binary = binary_byte(text, first_line)) return *std::move(binary);
    VmstatFile file;
    std::set<std::string_view> seen;
    LineScanner scanner(text, first_line);
    while (scanner.next()) {
        const std::vector<Word>& words = scanner.words();
        if (!is_counter(words)) {
            if (skipped != nullptr) skipped->push_back(scanner.line());
            continue;
        }
        if (!seen.insert(words[0].text).second)
            return scanner.error(words[0],
                                 Message("proc.counter_twice").text("file", "vmstat").text("name", words[0].text));
        const Result<u64> value = number_of(scanner, words[1]);
        if (!value) return value.error();
        file.counters.push_back({std::string(words[0].text), *value});
    }
    if (file.counters.empty()) return Diagnostic{first_line, 1, 0, Message("proc.no_counter").text("file", "vmstat")};
    return file;
}

std::string print_vmstat(const VmstatFile& file) {
    std::string out;
    for (const VmstatFile::Counter& counter : file.counters) {
        out += counter.name;
        out += ' ';
        append_number(&out, counter.value);
        out += '\n';
    }
    return out;
}

}  // namespace mmscope
