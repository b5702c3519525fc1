// Package metrics shows Prometheus what a node does. It reads counters where
// they are kept, at the moment of a scrape, so a check costs nothing more.
//
// No label holds an identity; every label's values are a closed set, but for
// sources and peers, which the operator names.
//
//	paperweight_build_info{version, revision, go}        1
//	paperweight_ready                                    1 when checks are answered
//	paperweight_listening{transport}                     Diameter listeners; 0 where a configured one can't be had: an alarm
//	paperweight_sctp_path_failures_total                 paths of multi-homed peers that failed
//	paperweight_checks_total{status}                     answers, by what was answered
//	paperweight_checks_by_rule_total{rule}               answers, by what decided
//	paperweight_identities_total{form}                   identities asked about, by class
//	paperweight_pair_skipped_total                       an exception needed an IMSI and none was sent
//	paperweight_shadowed_total                           shadow mode: answered permitted against the verdict
//	paperweight_answers_total{result_code}               Diameter answers to requests of all kinds
//	paperweight_answers_dropped_total                    answers received that answer nothing of ours
//	paperweight_shed_total{cause}                        checks refused with 3004 or 5012: a peer's rate, the node's, a line
//	paperweight_foreign_realm_total                      checks refused since their Origin-Realm may not ask: an alarm
//	paperweight_unrouted_total                           checks answered in another's name than their peer's, without a Route-Record
//	paperweight_messages_total{direction}                Diameter messages, in and out
//	paperweight_octets_total{direction}                  the same in octets
//	paperweight_batch_seconds                            histogram: from reading a batch to having answered it
//	paperweight_connections                              transport connections now
//	paperweight_connections_refused_total{cause}         connections that came to nothing
//	paperweight_peers_open                               open peers now
//	paperweight_peer_up{peer}                            by configured peer: 1 when open and its watchdog is content
//	paperweight_peer_failed_paths{peer}                  by configured peer: its addresses that can't be reached at present (SCTP)
//	paperweight_peer_checks_total{peer}                  by configured peer: its checks that were answered
//	paperweight_peer_shed_total{peer, cause}             and those refused for overload: topk(5, ...) says who suffers
//	paperweight_peer_overload_reduction{peer}            how much less it is asked to send (DOIC), 0 to 1
//	paperweight_peer_certificate_expires_seconds{peer}   until the certificate that an open peer showed expires
//	paperweight_tls_certificate_expires_seconds          until our own for TLS does; below 0 it has
//	paperweight_entries{source, status}                  entries listed
//	paperweight_source_sequence{source}                  the last change applied
//	paperweight_source_age_seconds{source}               since that change
//	paperweight_source_damaged{source}                   1 while its list holds less than it should, or can't be read in part
//	paperweight_feed_sequence{source}                    the state of its list
//	paperweight_feed_behind{source}                      sequences that the newest publication is ahead
//	paperweight_feed_age_seconds{source}                 since the newest publication was signed
//	paperweight_feed_verified_seconds{source}            since the whole list was found to be what its digest says
//	paperweight_feed_expires_seconds{source}             until its first metadata expires; below 0 it has
//	paperweight_feed_stale{source}                       1 when it has: nobody vouches for the list any more
//	paperweight_feed_held{source}                        1 while an update waits for an operator
//	paperweight_feed_diverged{source}                    1 while the list is not what the feed says
//	paperweight_feed_error{source, class}                1 by what the last poll failed by; class none where it did not
//	paperweight_feed_failures_total{source}              polls that failed
//	paperweight_feed_applied_total{source, kind}         files applied, snapshot and delta
//	paperweight_feed_records_total{source}               entries and changes in them
//	paperweight_feed_apply_seconds                       histogram: from a file fetched to having it in force
//	paperweight_store_failed                             1 when the store can't be written or read
//	paperweight_store_disk_bytes                         on disk
//	paperweight_store_tables                             sorted tables
//	paperweight_store_memtable_bytes                     written, not yet in a table
//	paperweight_store_cache_bytes                        block cache
//	paperweight_store_cache_total{result}                block reads, hit and miss
//	paperweight_store_compactions_total                  tables rewritten
//	paperweight_store_flushes_total                      tables written from memory
//	paperweight_store_compaction_debt_bytes              still to be rewritten, an estimate
//	paperweight_store_ingests_total                      whole lists handed over
//
// Beside them stand the client library's own go_ and process_ metrics. A test
// compares this list with what a node shows.
//
// Package gateway imports it, and nobody else.
package metrics
