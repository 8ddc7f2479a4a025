// How the inventory (public.certs) is read.
#pragma once

#include "model/inventory_certificate.h"
#include "record/ledger_store.h"
#include "record/postgres/session.h"

namespace certwatch::postgres {

// Certificates that share a fingerprint, a TBS hash, or serial and validity with what is asked for,
// and a few more: whoever asks compares exactly. Read by read_certificate(). It works whether or
// not the table has the column tbs_sha256, now or later.
extern const Statement find_certificates;
Parameters wanted_certificates(const Identities& identities);

// All, by added_at. Read by read_certificate(), then source and added_at.
extern const Statement list_certificates;

InventoryCertificate read_certificate(const Answer& answer, int row);

}  // namespace certwatch::postgres
