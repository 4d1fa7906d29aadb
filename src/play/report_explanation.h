// What a report of a real kernel says, in sentences: why nobody could give, and who holds the memory.
//
// For each zone that the request may use, the test that it failed is done again with the report's own numbers and the
// rights of its flags (mm/alloc_flags.h): free pages against min, boost, reserve. From that follows whether pages are
// missing or only a block of that size. Then come the largest task and the victim, what is counted nowhere, swap.
//
// A report does not tell everything: of the HighAtomic reserve's free pages only 7.2 has the number (elsewhere since
// 6.12 the lists that hold nothing else are counted), and the numbers were printed some microseconds after the failure,
// so that a zone may look as if it could have given. A kernel without rules of its own here is judged by its
// neighbour's.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/message.h"

namespace mmscope {

inline constexpr u32 kMostExplained = 50;  // reports of one text

struct ExplainedReport {
    u32 line = 0;  // of its head
    std::vector<Message> sentences;
};

struct ExplainedReports {
    std::vector<ExplainedReport> reports;
    std::optional<Diagnostic> problem;  // of the first report that cannot be read, or that there is none
};

// Whether a text has the head of a report; nothing of it is read.
bool has_report(std::string_view text);
// The OOM and failure reports in a text of the kernel's log, in their order.
ExplainedReports explain_reports(std::string_view text);

}  // namespace mmscope
