// A program's memory references through the TLBs, as the page plays them: a lackey trace in portions, of which nothing is
// kept, so that its size does not matter; and what came of it, as JSON text of the shapes in web/src/engine.ts.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "play/tlb_trace.h"

namespace mmscope {

class TlbPlay {
public:
    // A geometry or a CPU's name, and pages of "4K", "2M", "1G". null, or why nothing was begun.
    std::string begin(std::string_view geometry, std::string_view page_size);
    void add(std::string_view bytes) {
        if (trace_) trace_->read(bytes);
    }
    void finish() {
        if (trace_) trace_->finish();
    }
    std::string status() const;

private:
    std::optional<TlbTrace> trace_;
};

// {"cpus":[{"name":"skylake","geometry":"..."}],"usual":"skylake","pageSizes":["4K","2M","1G"]}
std::string tlb_choices();

}  // namespace mmscope
