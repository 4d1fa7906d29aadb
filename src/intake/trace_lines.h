// The lines of /sys/kernel/tracing/trace, whatever they tell of: who, when, which event; and its fields one by one.
//
//              init-1       [000] .....     9.832603: mm_page_alloc: page=... pfn=0x1ff20 order=1 ...
//             '-- task and pid  CPU  flags  timestamp  name           '-- fields, for a LineCursor
//
// A pull parser: it holds nothing but its place in the text, and what it gives points into the text. A line that is
// torn or is none of tracefs is counted, with the place of the first, and passed over: a trace was read while a kernel
// ran. `[LOST n EVENTS]` counts as n lost events.
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/types.h"

namespace mmscope {

// A line's text from its left end on; each step takes what it read or says no.
class LineCursor {
public:
    LineCursor() = default;
    explicit LineCursor(std::string_view text) : rest_(text) {}

    std::string_view rest() const { return rest_; }
    void skip_blanks();
    std::string_view word();
    // The next word is `key` and then a value: "order=" "order=3".
    bool value(std::string_view key, std::string_view* value);
    bool number(std::string_view key, u32 below, u32* number);
    // All up to the next " KEY=" with `next` for " KEY=", or to the end of the line if `next` is empty: a symbol of a
    // module has a blank in it, and so may a cache's name.
    bool text(std::string_view key, std::string_view next, std::string_view* value);

private:
    std::string_view rest_;
};

struct TraceLine {
    u32 line = 0;
    u32 cpu = 0;
    u32 pid = 0;
    std::string_view task;       // "init"
    std::string_view flags;      // irqs-off, need-resched, hardirq/softirq, preempt-depth, migrate-disable: "d..3."
    std::string_view timestamp;  // "9.832603", seconds
    std::string_view name;       // "mm_page_alloc"
    LineCursor fields;
};

class TraceLineReader {
public:
    explicit TraceLineReader(std::string_view text) : rest_(text) {}

    bool next(TraceLine* line);  // false at the end
    void note_torn();            // the fields of the line that next() gave cannot be read
    u64 bytes_left() const { return rest_.size(); }
    u32 lost() const { return lost_; }
    u32 torn() const { return torn_; }
    // The first torn line, with a sentence; line 0 if there is none.
    const Diagnostic& first_torn() const { return first_torn_; }

private:
    bool read(TraceLine* line);

    std::string_view rest_;
    std::string_view text_;  // of the line that was read last
    u32 line_ = 0;
    u32 lost_ = 0;
    u32 torn_ = 0;
    Diagnostic first_torn_;
};

}  // namespace mmscope
