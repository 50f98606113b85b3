<?php
// The shared customers and invoices behind PHP's own SoapServer. Where they are is said in the environment.

declare(strict_types=1);

final class CustomerService
{
    private const NAMES = ['id', 'name', 'given', 'family', 'email', 'street', 'postcode', 'city', 'balance', 'created',
        'born', 'active', 'vat'];

    public function GetCustomer(object $request): array
    {
        foreach ($this->customers() as $customer) {
            if ($customer['id'] === $request->id) {
                return ['customer' => $customer];
            }
        }
        throw new SoapFault('Client', "no customer {$request->id}", null, ['code' => 'E404']);
    }

    public function ListCustomers(object $request): array
    {
        return ['customer' => array_slice($this->customers(), $request->offset ?? 0, $request->limit ?? 100)];
    }

    public function ListInvoices(object $request): array
    {
        return ['invoice' => array_slice(self::read('INVOICES'), $request->offset ?? 0, $request->limit ?? 100)];
    }

    private function customers(): array
    {
        return array_map(
            fn (array $entry): array => array_intersect_key($entry, array_flip(self::NAMES)) + [
                'phone' => implode(' / ', $entry['phones']) ?: null,
                'country' => $entry['country_text'],
            ],
            self::read('CUSTOMERS'),
        );
    }

    private static function read(string $variable): array
    {
        return json_decode(file_get_contents(getenv($variable)), true, flags: JSON_THROW_ON_ERROR);
    }
}

if ($_SERVER['REQUEST_METHOD'] === 'GET') {
    header('Content-Type: text/xml; charset=utf-8');
    readfile(getenv('WSDL'));
} else {
    $server = new SoapServer(getenv('WSDL'), ['cache_wsdl' => WSDL_CACHE_NONE]);
    $server->setClass(CustomerService::class);
    $server->handle();
}
