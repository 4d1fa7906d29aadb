#include "procfs/vmallocinfo.h"

#include "procfs/columns.h"
#include "procfs/scan.h"

namespace mmscope {
namespace {

constexpr u32 kSizeWidth = 7;

// "0x" and up to 16 hex digits.
bool read_address(std::string_view text, u64* value) {
    *value = 0;
    if (text.size() < 3 || text.size() > 18 || text.substr(0, 2) != "0x") return false;
    for (const char digit : text.substr(2)) {
        const std::size_t at = std::string_view("0123456789abcdef").find(digit);
        if (at == std::string_view::npos) return false;
        *value = *value << 4 | at;
    }
    return true;
}

std::string address_text(u64 value, u32 digits) {
    std::string text(digits, '0');
    for (std::size_t at = text.size(); at-- != 0; value >>= 4) text[at] = "0123456789abcdef"[value & 15];
    return "0x" + text;
}

}  // namespace

Result<VmallocInfo> parse_vmallocinfo(std::string_view text, u32 first_line) {
    if (auto binary = binary_byte(text, first_line)) return *std::move(binary);
    VmallocInfo info;
    LineScanner scanner(text, first_line);
    while (scanner.next()) {
        const Word& range = scanner.words()[0];
        const std::size_t dash = range.text.find('-');
        VmallocInfo::Area area;
        const bool is_area = dash != std::string_view::npos && read_address(range.text.substr(0, dash), &area.start) &&
                             read_address(range.text.substr(dash + 1), &area.end) && scanner.words().size() > 2;
        if (!is_area) return scanner.error(range, Message("proc.no_vmalloc_area"));
        const Result<u64> size = number_of(scanner, scanner.words()[1]);
        if (!size) return size.error();
        area.size = *size;
        info.address_digits = static_cast<u32>(dash) - 2;
        const Word& word = scanner.words()[1];
        const std::size_t behind = static_cast<std::size_t>(word.text.data() - scanner.text().data()) + word.text.size();
        area.text = scanner.text().substr(behind + 1);
        info.areas.push_back(std::move(area));
    }
    if (info.areas.empty()) return Diagnostic{first_line, 1, 0, Message("proc.no_vmalloc_area")};
    return info;
}

std::string print_vmallocinfo(const VmallocInfo& info) {
    std::string out;
    for (const VmallocInfo::Area& area : info.areas) {
        out += address_text(area.start, info.address_digits) + '-' + address_text(area.end, info.address_digits);
        out += ' ';
        append_number(&out, area.size, kSizeWidth);
        out += ' ' + area.text + '\n';
    }
    return out;
}

}  // namespace mmscope
