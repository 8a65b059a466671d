/**
 * What common exporters and meshes call their counters, by the name a manifest gives them. Names
 * are those of the versions named; a service that renames them writes its own queries.
 */
import type { LatencyQuery } from '#rollouts/ports.ts'

export interface Template {
  readonly requests: string
  readonly bad: readonly string[]
  readonly latency?: LatencyQuery
}

const HTTP_5XX = '5..'
/** What callers see as the server's fault: unknown, deadline, unimplemented, internal, … */
const GRPC_BAD = '2|4|12|13|14|15'

export const TEMPLATES: Readonly<Record<string, Template>> = {
  // HAProxy's own exporter (2.4 and newer), by server; it has no histogram.
  haproxy: {
    requests: 'haproxy_server_http_responses_total',
    bad: [
      'haproxy_server_http_responses_total{code="5xx"}',
      'haproxy_server_connection_errors_total',
      'haproxy_server_response_errors_total',
    ],
  },
  'nginx-ingress': {
    requests: 'nginx_ingress_controller_requests',
    bad: [`nginx_ingress_controller_requests{status=~"${HTTP_5XX}"}`],
    latency: { of: 'nginx_ingress_controller_request_duration_seconds_bucket', unit: 's' },
  },
  // A cluster is a release; label envoy_cluster_name.
  envoy: {
    requests: 'envoy_cluster_upstream_rq_completed',
    bad: ['envoy_cluster_upstream_rq_xx{envoy_response_code_class="5"}'],
    latency: { of: 'envoy_cluster_upstream_rq_time_bucket', unit: 'ms' },
  },
  // As the server's side tells it: the caller's would count what never arrived twice.
  istio: {
    requests: 'istio_requests_total{reporter="destination"}',
    bad: [
      `istio_requests_total{reporter="destination",response_code=~"${HTTP_5XX}"}`,
      'istio_requests_total{reporter="destination",request_protocol="grpc",' +
        `response_code!~"${HTTP_5XX}",grpc_response_status=~"${GRPC_BAD}"}`,
    ],
    latency: {
      of: 'istio_request_duration_milliseconds_bucket{reporter="destination"}',
      unit: 'ms',
    },
  },
  linkerd: {
    requests: 'response_total{direction="inbound"}',
    bad: ['response_total{direction="inbound",classification="failure"}'],
    latency: { of: 'response_latency_ms_bucket{direction="inbound"}', unit: 'ms' },
  },
  // A service of Traefik's is a release; label service.
  traefik: {
    requests: 'traefik_service_requests_total',
    bad: [`traefik_service_requests_total{code=~"${HTTP_5XX}"}`],
    latency: { of: 'traefik_service_request_duration_seconds_bucket', unit: 's' },
  },
  // Spring Boot; the histogram is there with percentiles-histogram.http.server.requests=true.
  micrometer: {
    requests: 'http_server_requests_seconds_count',
    bad: [`http_server_requests_seconds_count{status=~"${HTTP_5XX}"}`],
    latency: { of: 'http_server_requests_seconds_bucket', unit: 's' },
  },
  // Semantic conventions 1.23 and newer, as exporters write them for Prometheus.
  opentelemetry: {
    requests: 'http_server_request_duration_seconds_count',
    bad: [`http_server_request_duration_seconds_count{http_response_status_code=~"${HTTP_5XX}"}`],
    latency: { of: 'http_server_request_duration_seconds_bucket', unit: 's' },
  },
  // The histogram of prom-client's own examples and of express-prom-bundle.
  'prom-client': {
    requests: 'http_request_duration_seconds_count',
    bad: [`http_request_duration_seconds_count{status_code=~"${HTTP_5XX}"}`],
    latency: { of: 'http_request_duration_seconds_bucket', unit: 's' },
  },
}
