#include "procfs/pid_memory.h"

#include "procfs/columns.h"
#include "procfs/scan.h"

namespace mmscope {

Result<PidStatm> parse_pid_statm(std::string_view text, u32 first_line, std::vector<u32>* skipped) {
    if (auto binary = binary_byte(text, first_line)) return *std::move(binary);
    PidStatm statm;
    bool is_read = false;
    LineScanner scanner(text, first_line);
    while (scanner.next()) {
        const bool is_row = !is_read && scanner.words().size() == statm.pages.size();
        if (!is_row) {
            if (skipped != nullptr) skipped->push_back(scanner.line());
            continue;
        }
        for (u32 column = 0; column < statm.pages.size(); ++column) {
            const Result<u64> pages = number_of(scanner, scanner.words()[column]);
            if (!pages) return pages.error();
            statm.pages[column] = *pages;
        }
        is_read = true;
    }
    if (!is_read) return Diagnostic{first_line, 1, 0, Message("proc.no_statm")};
    return statm;
}

std::string print_pid_statm(const PidStatm& statm) {
    std::string out;
    for (const u64 pages : statm.pages) out += (out.empty() ? "" : " ") + std::to_string(pages);
    return out + '\n';
}

Result<PidStatus> parse_pid_status(std::string_view text, u32 first_line, std::vector<u32>*) {
    if (auto binary = binary_byte(text, first_line)) return *std::move(binary);
    PidStatus status;
    u32 next = 0;
    LineScanner scanner(text, first_line);
    while (scanner.next()) {
        const std::string_view name = scanner.words()[0].text;
        if (next < kPidStatusFields && name == std::string(kPidStatusFieldNames[next]) + ":") {
            if (scanner.words().size() != 3) break;
            const Result<u64> kb = number_of(scanner, scanner.words()[1]);
            if (!kb) return kb.error();
            status.kb[next++] = *kb;
        } else if (next == 0 || next == kPidStatusFields) {
            (next == 0 ? status.before : status.after).emplace_back(scanner.text());
        } else {
            break;
        }
    }
    if (next < kPidStatusFields) {
        Message message("proc.no_status_field");
        message.text("field", kPidStatusFieldNames[next]);
        return scanner.line() == 0 ? Diagnostic{first_line, 1, 0, message} : scanner.error(message);
    }
    return status;
}

std::string print_pid_status(const PidStatus& status) {
    std::string out;
    for (const std::string& line : status.before) out += line + '\n';
    for (u32 field = 0; field < kPidStatusFields; ++field) {
        out += std::string(kPidStatusFieldNames[field]) + ":\t";
        append_number(&out, status.kb[field], 8);
        out += " kB\n";
    }
    for (const std::string& line : status.after) out += line + '\n';
    return out;
}

}  // namespace mmscope
