export const PEOPLE: Record<string, { name: string; preferred_username: string; email: string }>;

export interface Client {
  client_id: string;
  client_secret: string;
  redirect_uris: string[];
  post_logout_redirect_uris: string[];
  backchannel_logout_uri?: string;
  backchannel_logout_session_required?: boolean;
}

export function startIssuer(port: number, client: Client): Promise<{ url: string; stop: () => Promise<void> }>;
