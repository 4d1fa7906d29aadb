// Reads dumps (intake/kernel_dump.h) out of a capture's lines, one line at a time.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "intake/capture_lines.h"
#include "intake/kernel_dump.h"

namespace mmscope {

// The index of the zone of this name and node among zones; nothing if there is none.
std::optional<u32> find_zone(const std::vector<DumpZone>& zones, u32 node, std::string_view name);

class DumpReader {
public:
    explicit DumpReader(CaptureLines& lines, std::vector<KernelDump>& dumps) : lines_(lines), dumps_(dumps) {}

    // The line whose first word has been taken: FREELISTS, or any other line of a dump. False: see the lines' fault.
    bool read(std::string_view first);
    // Between FREELISTS and END.
    bool is_open() const { return open_; }
    // A line `  s`, for the zones of the last dump.
    bool read_state(std::vector<ZoneState>* states);
    // What the end of the text leaves open.
    bool finish();

private:
    // A block on a list, with the word that names it.
    struct Block {
        Pfn pfn;
        Order order;
        u32 line = 0;
        u32 column = 0;
        u32 length = 0;
    };

    KernelDump& dump() { return dumps_.back(); }
    bool zone_of_line(u32* zone);
    bool begin();
    bool zone();
    bool free_list();
    bool page_set();
    bool pcp_list();
    bool pageblocks();
    bool pfns(u32 zone, Order order, std::vector<Pfn>* pfns);
    bool end();

    CaptureLines& lines_;
    std::vector<KernelDump>& dumps_;
    std::vector<Block> blocks_;  // of the open dump
    bool open_ = false;
};

}  // namespace mmscope
